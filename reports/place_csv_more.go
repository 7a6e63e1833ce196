package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/durabench/durabench/sim/place"
)

// RegionsCSV writes results-regions.csv: a line for each population, strategy and region of the users.
func RegionsCSV(w io.Writer, r *Report) error {
	lines := [][]string{{"population", "strategy", "yardstick", "region", "accesses", "mean_ms", "p50_ms", "p95_ms", "p99_ms", "share_over_100ms", "share_over_200ms"}}
	if r.Placement != nil {
		for _, c := range r.Placement.Comparisons {
			for _, row := range c.Rows {
				for _, a := range row.ByArea {
					line := []string{c.Name, row.Strategy, strconv.FormatBool(row.Yardstick), a.Area, strconv.FormatInt(a.N, 10)}
					for _, v := range []float64{a.MeanMs, a.P50Ms, a.P95Ms, a.P99Ms, a.Over100, a.Over200} {
						line = append(line, exact(v, true))
					}
					lines = append(lines, line)
				}
			}
		}
	}
	return writeCSV(w, lines)
}

// SweepsCSV writes results-sweeps.csv: a line for each strategy and step of what was swept, the price of a move or that of
// a GB; what is not swept in a line has no number there.
func SweepsCSV(w io.Writer, r *Report) error {
	lines := [][]string{{
		"population", "strategy", "yardstick", "move_cost_round_trips", "cost_per_access_ms", "cost_per_access_ms_lo", "cost_per_access_ms_hi",
		"regret_ms", "regret_ms_lo", "regret_ms_hi", "usd_per_gb", "usd_per_million_accesses",
	}}
	if r.Placement != nil && r.Placement.Sweep != nil {
		s := r.Placement.Sweep
		for _, l := range s.Lines {
			for at, d := range s.D[:min(len(s.D), len(l.PerAccess), len(l.Regret))] {
				cost, regret, some := l.PerAccess[at], l.Regret[at], l.PerAccess[at] != place.Interval{}
				lines = append(lines, []string{
					s.Population, l.Strategy, strconv.FormatBool(l.Yardstick), exact(d, true), exact(cost.Center, some), exact(cost.Lo, some), exact(cost.Hi, some),
					exact(regret.Center, some), exact(regret.Lo, some), exact(regret.Hi, some), "", "",
				})
			}
		}
	}
	if r.Placement != nil && r.Placement.Prices != nil {
		s := r.Placement.Prices
		for _, l := range s.Lines {
			for at, usd := range s.USDPerGB[:min(len(s.USDPerGB), len(l.USDPerMillion))] {
				lines = append(lines, []string{
					s.Population, l.Strategy, strconv.FormatBool(l.Yardstick), exact(r.Placement.D, true), "", "", "", "", "", "", exact(usd, true), exact(l.USDPerMillion[at], true),
				})
			}
		}
	}
	return writeCSV(w, lines)
}

func writeCSV(w io.Writer, lines [][]string) error {
	if err := csv.NewWriter(w).WriteAll(lines); err != nil {
		return fmt.Errorf("write results as CSV: %w", err)
	}
	return nil
}
