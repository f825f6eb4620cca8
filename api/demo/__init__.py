"""The demo: an invented authority with its own certificates, seal, licences and forgeries."""
