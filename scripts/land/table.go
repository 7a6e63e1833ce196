package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// write is the table as reports read it.
func write(w io.Writer, rings []ring, r rule) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `# Made with Natural Earth (public domain): its land at 1:110 million, as TopoJSON in world-atlas 2.0.2 (ISC licence).
# Made by scripts/land: within %v degrees, without islands below %v square degrees and land south of %v.
# One outline to a line, longitude and latitude in degrees; ~ before water within land. The largest come first.
`, r.tolerance, r.island, r.south)
	for _, ring := range rings {
		if ring.water {
			out.WriteByte('~')
		}
		for i, p := range ring.points {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString(degrees(p.lon) + " " + degrees(p.lat))
		}
		out.WriteByte('\n')
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the land: %w", err)
	}
	return nil
}

func degrees(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
