"""The HDF5 data set: made from raw drawings, extended by revisions, read."""
