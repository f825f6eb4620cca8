"""A signing service over the deployment's own keys, for callers in other zones."""
