package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// measured is a measure with its samples, one per round, by the system's name.
type measured struct {
	measure
	bySystem map[string][]sample
}

// result is all that one run found.
type result struct {
	Conditions map[string]string
	Measures   []measured
	Facts      []fact
}

// conditions are what a reader must know before comparing these numbers with others.
func conditions(ctx context.Context, opt options, systems []*system, load httpLoad) map[string]string {
	c := map[string]string{
		"cores":       fmt.Sprint(runtime.NumCPU()),
		"go":          runtime.Version(),
		"load before": loadBefore(),
		"system":      runtime.GOOS + "/" + runtime.GOARCH + kernel(ctx),
		"http load":   fmt.Sprintf("%s, %d keep-alive connections, closed loop", load, connections),
		"chat load": fmt.Sprintf("own client, %d members, %d senders, %d under way each (or four times as many), %d bytes of text; members read 200 us after they were woken",
			members, senders, opt.Window, textSize),
		"rounds": fmt.Sprintf("%d of %s, each after %s of warm-up; median", opt.Rounds, opt.Each, opt.Warm),
	}
	for _, s := range systems {
		c[s.Name] = s.Version
		c[s.Name+" durability"] = s.Durability
	}
	return c
}

func kernel(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "uname", "-sr").Output()
	if err != nil {
		return ""
	}
	return ", " + firstLine(out)
}

// loadBefore tells how busy the machine was: rates taken beside other work are only good as ratios.
func loadBefore() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	load, _, _ := strings.Cut(string(text), " ")
	return load + " processes running or waiting, mean of the last minute"
}

// rates are the rates of one system in the order of the rounds.
func (m measured) rates(name string) []float64 {
	var out []float64
	for _, s := range m.bySystem[name] {
		out = append(out, s.perSecond())
	}
	return out
}

func (m measured) errors(name string) (n int) {
	for _, s := range m.bySystem[name] {
		n += s.Errors
	}
	return n
}

// ratio is the ratio of the medians; without both systems there is none.
func (m measured) ratio() (ratio float64, ok bool) {
	peer, own := median(m.rates(workerdName)), median(m.rates(durabenchName))
	if peer == 0 || own == 0 {
		return 0, false
	}
	return own / peer, true
}

// met tells plainly how the ratio stands to its target.
func (m measured) met() string {
	ratio, ok := m.ratio()
	switch {
	case !ok:
		return "-"
	case ratio < m.Target:
		return "MISSED"
	default:
		return "met"
	}
}

func median(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	xs = slices.Sorted(slices.Values(xs))
	n := len(xs)
	return (xs[(n-1)/2] + xs[n/2]) / 2
}

// writeText prints the table, what every round said, and the conditions.
func (r result) writeText(w io.Writer) {
	const row = "%-38s %-13s %10s %10s %8s %7s  %s\n"
	fmt.Fprintf(w, row, "measure", "unit", workerdName, durabenchName, "ratio", "target", "")
	for _, m := range r.Measures {
		ratio := "-"
		if x, ok := m.ratio(); ok {
			ratio = fmt.Sprintf("%.1fx", x)
		}
		fmt.Fprintf(w, row, m.Name, m.Unit, rate(m.rates(workerdName)), rate(m.rates(durabenchName)),
			ratio, fmt.Sprintf("%.0fx", m.Target), m.met())
	}
	for _, f := range r.Facts {
		fmt.Fprintf(w, row, f.Name, f.Unit, f.value(workerdName), f.value(durabenchName), "", f.target(), f.met())
	}
	fmt.Fprintln(w, "\nrounds (per second, in order)")
	for _, m := range r.Measures {
		for _, name := range []string{workerdName, durabenchName} {
			if len(m.bySystem[name]) == 0 {
				continue
			}
			fmt.Fprintf(w, "  %s, %s: %s%s\n", m.Name, name, rounds(m.rates(name)), complaint(m.errors(name)))
		}
	}
	fmt.Fprintln(w, "\nconditions")
	for _, key := range r.conditionKeys() {
		fmt.Fprintf(w, "  %s: %s\n", key, r.Conditions[key])
	}
}

func (r result) conditionKeys() []string {
	var keys []string
	for k := range r.Conditions {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func rate(rates []float64) string {
	if len(rates) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", median(rates))
}

func rounds(rates []float64) string {
	var out []string
	for _, x := range rates {
		out = append(out, fmt.Sprintf("%.0f", x))
	}
	return strings.Join(out, " ")
}

func complaint(errors int) string {
	if errors == 0 {
		return ""
	}
	return fmt.Sprintf("  (%d ERRORS: these rates are not to be trusted)", errors)
}
