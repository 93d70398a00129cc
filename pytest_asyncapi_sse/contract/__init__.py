"""The tests that each document and each channel gets."""
