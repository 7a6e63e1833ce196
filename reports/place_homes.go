package reports

import (
	"cmp"
	"fmt"

	"github.com/durabench/durabench/sim/place"
)

// homesSheet is what a map shows, in numbers: the homes of one strategy, and whom they serve.
func (r *Report) homesSheet(s *place.Study, c *place.Comparison, row *place.Row) sheet {
	const shown = 12
	t := sheet{
		Title:   "Homes and their users: " + row.Strategy,
		Caption: fmt.Sprintf("Shares of all accesses; the flows are those of the %d largest that end there. %s", len(row.Homes.Flows), sentence(placeCondition(s, c))),
		Heads:   []head{{Name: "home"}, {Name: "accesses"}, {Name: "largest flows to it", Words: true}},
	}
	rest := 0.0
	for i, home := range row.Homes.Loads {
		if i >= shown {
			rest += home.Share
			continue
		}
		var from []string
		for _, f := range row.Homes.Flows {
			if f.To == home.Place {
				from = append(from, r.placeWords(f.From)+" "+rough(f.Share))
			}
		}
		t.Rows = append(t.Rows, []cell{{Text: home.Place, Small: r.Places[home.Place]}, {Text: rough(home.Share)}, {Text: cmp.Or(someOf(from, 5), nothing)}})
	}
	if n := len(row.Homes.Loads) - shown; n > 0 {
		t.Rows = append(t.Rows, []cell{{Text: counted(n, "other home")}, {Text: rough(rest)}, {Text: nothing}})
	}
	return t
}

// placeWords is a place with its city, if that is known.
func (r *Report) placeWords(code string) string {
	if city := r.Places[code]; city != "" {
		return city + " (" + code + ")"
	}
	return code
}
