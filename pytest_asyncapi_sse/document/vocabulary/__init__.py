"""The vocabulary: the keys of each AsyncAPI object in each version, and what breaks them."""
