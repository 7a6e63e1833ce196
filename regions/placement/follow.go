package placement

// follow moves the object to whoever asks, every time: the best there is for one user who travels, and the worst for two
// users apart.
type follow struct{ first }

func (r follow) Observe(_ *State, a Access) Home { return r.Nearest(a.Edge, a.Homes) }

func (follow) String() string { return "follow" }
