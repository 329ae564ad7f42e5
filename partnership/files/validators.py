"""What uploaded files are measured by before they are opened."""

#: Bytes of a file that is read whole.
LARGEST_FILE = 12 * 1024 * 1024
