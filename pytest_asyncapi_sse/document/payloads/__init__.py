"""Payload schemas: of any language, made to stand on their own."""
