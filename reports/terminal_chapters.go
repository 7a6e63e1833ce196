package reports

import (
	"fmt"
	"slices"
)

// terminalChapters says what several runs show together, before their table.
func terminalChapters(out *screen, r *Report) {
	if len(r.Claims) > 0 {
		fmt.Fprintf(out, "\n%s\n", sentence(r.claimsLine()))
	}
	for _, c := range r.Claims {
		bullet(out, "  "+c.Holds.badge().Word+" ", c.Name+": claimed "+c.Claimed+"; measured "+c.Measured)
	}
	for _, c := range r.contests() {
		fmt.Fprintln(out)
		s := c.sheet()
		aligned(out, s.terse(shortened(printable("primitives, "+c.class), 40)), 2)
	}
	if c, some := r.confirmed(); some {
		fmt.Fprintln(out)
		aligned(out, c.Sheets[0].terse("users"), 2)
	}
	if c, moved := r.moves(); moved {
		fmt.Fprintln(out)
		for i, name := range []string{"moves", "sockets"}[:len(c.Sheets)] {
			aligned(out, c.Sheets[i].terse(name), 2)
		}
	}
	terminalPlacement(out, r)
	for i, c := range r.loadCurves() {
		if i == 0 {
			fmt.Fprintln(out)
		}
		for j := range c.series {
			bullet(out, "curve ", c.series[j].line(c.name))
		}
	}
}

// enginesDiffer says whether runs have to tell which engine they are of.
func (r *Report) enginesDiffer() bool {
	return slices.ContainsFunc(r.Runs, func(run Run) bool { return run.Engine != r.Runs[0].Engine })
}

// without leaves out the cell at a place, if asked to.
func without(cells []string, at int, leave bool) []string {
	if !leave {
		return cells
	}
	return slices.Delete(slices.Clone(cells), at, at+1)
}
