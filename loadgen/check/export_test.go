package check

// Kept is how many observations the judges of sessions, banks and rooms hold undecided.
func (c *Court) Kept() (kept int) {
	for _, d := range c.dockets {
		switch d := d.(type) {
		case *logins:
			kept += d.kept
		case *banks:
			kept += d.kept
		case *rooms:
			kept += d.kept
		}
	}
	return kept
}
