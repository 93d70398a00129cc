"""Pure judgements: what a recording or a delivery breaks of the contract."""
