"""The product, Django's admin and a bare page, side by side over the same tables: `make bench`."""
