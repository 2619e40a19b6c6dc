"""The one application of the peer: models and pages over tables that the product makes."""
