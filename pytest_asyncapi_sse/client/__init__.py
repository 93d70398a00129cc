"""The validating client, and the recording of a stream."""
