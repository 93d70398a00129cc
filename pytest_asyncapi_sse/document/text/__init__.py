"""Texts: YAML and JSON become plain data, with the places of what stands in them."""
