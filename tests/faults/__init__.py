"""What must not go wrong although everything else does: scenarios of faults, and their figures."""
