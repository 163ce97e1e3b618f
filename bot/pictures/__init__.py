"""How pictures are made: values asked for, layout in pixels, and one sheet that draws (the home of matplotlib)."""
