"""Strangers' files are looked at in separate processes that may die without hurting anybody."""
