package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/durabench/durabench/regions"
)

// regionsCmd is the verb regions.
type regionsCmd struct {
	From string `arg:"" optional:"" help:"A place: its distance to every home. Default: the table of the default edges and homes."`
	To   string `arg:"" optional:"" help:"Another place: what is known of this pair."`
	All  bool   `help:"List all places."`
}

// Help is what `durabench regions --help` teaches.
func (regionsCmd) Help() string {
	return `Places are IATA codes of points of presence, or location hints:

  durabench regions              the default edges and homes
  durabench regions FRA          Frankfurt to every home
  durabench regions FRA weur     one pair, and how its distance is known
  durabench regions --all        every place, with its share of the world's users`
}

// Run prints what was asked for.
func (r regionsCmd) Run(c console) error {
	places, err := regions.Load()
	if err != nil {
		return err
	}
	switch {
	case r.All && r.From != "":
		return badUsage(fmt.Errorf("--all lists every place: %s has no effect here", r.From))
	case r.All:
		return listPlaces(c.stdout, places)
	case r.From == "":
		return worldTable(c.stdout, places)
	}
	from, err := places.Place(r.From)
	if err != nil {
		return badUsage(err)
	}
	to := places.Homes()
	if r.To != "" {
		one, err := places.Place(r.To)
		if err != nil {
			return badUsage(err)
		}
		to = []regions.Place{one}
	}
	return listDistances(c.stdout, places, from, to)
}

func millis(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond))
}

func listPlaces(w io.Writer, m *regions.Map) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "place\tcity\tcountry\thint\tlat\tlon\tusers %\thosts objects")
	for _, p := range m.Edges() {
		hosts := ""
		if p.Hosts() {
			hosts = "yes"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.2f\t%.2f\t%.2f\t%s\n", p.ID, p.City, p.Country, p.Hint, p.Lat, p.Lon, 100*p.Weight, hosts)
	}
	return t.Flush()
}

func listDistances(w io.Writer, m *regions.Map, from regions.Place, to []regions.Place) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "from\tto\tcity\tkm\tround trip ms\tlight in fibre ms\tknown from")
	for _, p := range to {
		d := m.RTT(from.ID, p.ID)
		fmt.Fprintf(t, "%s\t%s\t%s\t%.0f\t%s\t%s\t%s\n", from.ID, p.ID, p.City, d.Km, millis(d.RTT), millis(d.Fibre()), strings.TrimSpace(d.Source.String()+" "+d.Matrix))
	}
	return t.Flush()
}

// worldTable shows the world that a run has unless it is told otherwise.
func worldTable(w io.Writer, m *regions.Map) error {
	homes, edges := m.DefaultHomes(), m.DefaultEdges()
	fmt.Fprintln(w, "Round trips in ms between the default edges and homes (* modelled, others measured):")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "edge\tusers %\t")
	for _, h := range homes {
		fmt.Fprintf(t, "%s\t", h.ID)
	}
	fmt.Fprintln(t)
	for i, share := range m.Shares(idsOf(edges)) {
		fmt.Fprintf(t, "%s %s\t%.1f\t", edges[i].ID, edges[i].City, 100*share)
		for _, h := range homes {
			d := m.RTT(edges[i].ID, h.ID)
			mark := " "
			if d.Source == regions.AreaModel || d.Source == regions.Linear {
				mark = "*"
			}
			fmt.Fprintf(t, "%s%s\t", millis(d.RTT), mark)
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nWhat the models say against what was measured (model minus measurement):")
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "matrix\tmodel\tpairs\tmedian error ms\tp90 error ms\tbias ms")
	for _, f := range m.Fits() {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\n", f.Matrix, f.Model, f.Pairs, millis(f.MedianError), millis(f.P90Error), millis(f.Bias))
	}
	return t.Flush()
}
