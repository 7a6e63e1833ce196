package fault

import (
	"fmt"
	"slices"
	"strings"

	"github.com/durabench/durabench/regions"
)

// World is the places of a run.
type World struct {
	Map          *regions.Map
	Homes, Edges []regions.ID
}

// Bound is a fault with its names resolved to places of a run: homes, except for
// the two groups of a partition and of a slow link.
type Bound struct {
	Fault
	From, To []regions.ID
}

// Bind resolves the names of a schedule. An unknown place is a *regions.NameError.
func (s Schedule) Bind(w World) ([]Bound, error) {
	all := make([]Bound, len(s))
	for i, f := range s {
		b, err := f.bind(w)
		if err != nil {
			return nil, fmt.Errorf("fault %q: %w", f, err)
		}
		all[i] = b
	}
	return all, nil
}

func (f Fault) bind(w World) (b Bound, err error) {
	b.Fault = f
	if formOf(f.Kind).groups == 1 {
		b.From, err = w.resolve("home", f.A, w.Homes)
		if len(f.A) == 0 {
			b.From = w.Homes
		}
		return b, err
	}
	everywhere := slices.Concat(w.Homes, w.Edges)
	if b.From, err = w.resolve("place", f.A, everywhere); err != nil {
		return b, err
	}
	if b.To, err = w.resolve("place", f.B, everywhere); err != nil {
		return b, err
	}
	for _, edge := range w.Edges {
		for _, home := range w.Homes {
			if out, in := b.Ways(edge, home); out || in {
				return b, nil
			}
		}
	}
	return b, fmt.Errorf("no edge and home of this run lie on either side of it: nothing would happen")
}

// resolve turns names into those of the run's places that they stand for.
func (w World) resolve(kind string, names []string, places []regions.ID) ([]regions.ID, error) {
	var found []regions.ID
	for _, name := range names {
		hint, err := w.Map.Hint(name)
		if err == nil {
			if found = append(found, w.within(hint.Name, places)...); len(w.within(hint.Name, places)) == 0 {
				return nil, &regions.NameError{Kind: kind, Name: name, Why: "this run has none in " + hint.Title}
			}
			continue
		}
		place, err := w.Map.Place(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(places, place.ID) {
			near := w.Map.Nearest(place.ID, places)
			return nil, &regions.NameError{Kind: kind, Name: name, Near: string(near), Why: "it takes no part in this run as a " + kind}
		}
		found = append(found, place.ID)
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// within are the places in a hint's part of the world.
func (w World) within(hint string, places []regions.ID) []regions.ID {
	return slices.DeleteFunc(slices.Clone(places), func(id regions.ID) bool {
		p, err := w.Map.Place(string(id))
		return err != nil || !strings.EqualFold(p.Hint, hint)
	})
}

// Ways says which directions of the link from an edge to a home (or to the
// directory beside one) a partition or a slow link is about.
func (b *Bound) Ways(edge, home regions.ID) (out, in bool) {
	there := slices.Contains(b.From, edge) && slices.Contains(b.To, home)
	back := slices.Contains(b.From, home) && slices.Contains(b.To, edge)
	if b.OneWay {
		return there, back
	}
	return there || back, there || back
}
