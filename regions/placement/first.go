package placement

import "github.com/durabench/durabench/regions"

// FirstRequest creates an object in the home with the shortest round trip from the edge of its first request, and it
// never moves. What Cloudflare does is like it but not so exact: see [regions.Map.Lottery].
type FirstRequest struct{ Map *regions.Map }

// Place returns the nearest home, the first of equals.
func (s FirstRequest) Place(ask Ask) regions.ID { return s.Map.Nearest(ask.Edge, ask.Homes) }

func (FirstRequest) String() string { return "first" }

// first is FirstRequest as a rule. Rules that move create objects by it, but for the schedule.
type first struct{ *Table }

func (r first) Put(b Birth) Home { return r.Nearest(b.Edge, b.Homes) }

func (first) String() string { return "first" }
