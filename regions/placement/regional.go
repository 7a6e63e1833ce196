package placement

// regional makes one object in each region, by a prefix of the name, so that every user has one nearby. The price is that
// no object knows all: what was last written through another region has to be asked for there.
type regional struct{ first }

// Serve is the home nearest to the edge.
func (r regional) Serve(e Edge, homes Set) Home { return r.Nearest(e, homes) }

func (regional) String() string { return "regional" }
