package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
	"github.com/durabench/durabench/reports/globe"
	"github.com/durabench/durabench/sim/place"
)

// report writes the study like any other report, and prints it.
func (p *placing) report(m *regions.Map, out *output, study *place.Study, warnings []string) error {
	names := make(map[string]string)
	for _, e := range m.Edges() {
		names[string(e.ID)] = e.City
	}
	r := &reports.Report{
		Title: "Placement strategies", Program: "durabench", Args: append([]string{"place"}, withoutPlace(p.args)...),
		Conditions: p.conditions(), Warnings: warnings, Credits: append(m.Credits(), "land of the maps: "+globe.Credit), Places: names, Placement: study,
		When: reports.When{Started: out.started, Took: reports.Micros(time.Since(out.started))},
	}
	if err := reports.Write(out.dir, r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := reports.TerminalOf(p.width())(p.stdout, r); err != nil {
		return fmt.Errorf("print summary: %w", err)
	}
	fmt.Fprintf(p.stdout, "\nReport: %s\n", filepath.Join(out.dir, "report.html"))
	return exitOf(r)
}

func (p *placing) conditions() reports.Conditions {
	c := reports.Conditions{}.
		With("durabench", strings.TrimSpace(version+" "+commit())).
		With("machine", machine()).
		With("distances", "measured round trips where there are, else a model of distance; base values, without jitter").
		With("homes", join(idsOf(p.table.Homes))).
		With("cost of a move", fmt.Sprintf("%v round trips between the two homes, and %s; or what an object's users wait for its moves, if that is more", p.Cost, p.copying())).
		With("bytes between regions", fmt.Sprintf("$%v per GB", p.BytePrice)).
		With("home's capacity", "not limited: no queues")
	if p.Trace != "" {
		return c.With("trace", filepath.Base(p.Trace)+", objects split over "+strconv.Itoa(p.samples)+" samples").With("object size", p.Size+" each, for a trace does not tell")
	}
	objects, rate := fmt.Sprintf("%d of each population and seed", p.Objects), p.Rate+" for the mean object"
	if slices.Contains(p.kinds, place.Hot) {
		hot := p.base
		hot.Kind = place.Hot
		objects += fmt.Sprintf("; hot: %d", hot.Drawn().Objects)
		rate += fmt.Sprintf("; hot: %v/d", hot.Drawn().PerDay)
	}
	return c.
		With("objects", objects).
		With("rate", rate+"; popularity by n^-"+strconv.FormatFloat(p.Zipf, 'g', -1, 64)).
		With("for", p.For.String()).
		With("object size", p.Size+" in the median, log-normal with sigma 1; "+p.Message+" per access").
		With("seeds", fmt.Sprintf("%d to %d", p.Seed, p.Seed+uint64(p.Seeds)-1)).
		With("users", "where the world's Internet users are, by point of presence; active by their own clock")
}

// copying is how long a move takes for bytes.
func (p *placing) copying() string {
	if p.copied == 0 {
		return "copying takes no time"
	}
	return "the copying of the object at " + p.Copy
}
