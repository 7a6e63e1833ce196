package placement

import "github.com/durabench/durabench/regions"

// hint creates objects by a location hint: the one that is named, or the one in whose part of the world the first
// request came in. A hint is best effort: one of its sites is drawn as often as it was measured; where the run has
// none of them, the home nearest to the one that the hint stands for.
type hint struct {
	seed uint64
	text string
	of   []hinted // by edge; a single one if the hint is named
}

type hinted struct {
	sites  []drawn
	nearby []float32 // round trips to the homes from the hint's own
	table  *Table
}

func newHint(t *Table, seed uint64, name string) (hint, error) {
	h := hint{seed: seed, text: "hint"}
	if name != "" {
		found, err := t.Map.Hint(name)
		if err != nil {
			return h, err
		}
		h.text, h.of = "hint:"+found.Name, []hinted{t.hintedOf(found)}
		return h, nil
	}
	byName := map[string]hinted{}
	for _, found := range t.Map.Hints() {
		byName[found.Name] = t.hintedOf(found)
	}
	for _, e := range t.Edges {
		h.of = append(h.of, byName[e.Hint])
	}
	return h, nil
}

func (t *Table) hintedOf(h regions.Hint) hinted {
	from := t.rowOf(h.Home)
	return hinted{sites: t.drawnOf(h.Sites), nearby: from[:len(t.Homes)], table: t}
}

func (r hint) Put(b Birth) Home {
	of := r.of[0]
	if len(r.of) > 1 {
		of = r.of[b.Edge]
	}
	if h := draw(of.sites, b.Homes, chance(r.seed, b.Key, 0)); h != None {
		return h
	}
	return of.table.least(of.nearby, b.Homes)
}

func (r hint) String() string { return r.text }
