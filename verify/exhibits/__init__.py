"""What figures show and no verdict holds: small labelled data sets, made by `python -m verify.exhibits`."""
