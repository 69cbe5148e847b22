"""The HDF5 data set: built from raw drawings, extended by revisions, and read."""
