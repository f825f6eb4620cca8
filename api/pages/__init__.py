"""The public pages: rendered here, from values, with no script needed to read them."""
