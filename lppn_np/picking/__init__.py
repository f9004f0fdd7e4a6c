"""From an array to picks: input checks -> windows -> normalisation -> network -> decoding -> PickList."""
