package reports

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/durabench/durabench/reports/stat"
)

// The sentences that every report owes its reader.
const (
	doubtNote = "† fewer than ten samples lie beyond this quantile: one slow reply more or less moves it."

	quantileNote = "Latency counts from the instant an operation was scheduled, so a load generator that falls behind is in the number, not beside it."
)

// modelNote says what kind of truth a run's numbers are.
func modelNote(engine string) string {
	const model = "the runtime is the reference implementation, not Cloudflare's. Results describe the model: ownership + commit + distance."
	switch engine {
	case "virtual":
		return "A model in virtual time: distances, service times and commits come from a profile; " + model
	case "target":
		return "Measured against a system that is not part of durabench; where delays were injected, they come from a model of the network."
	}
	return "A model on a running system: delays between places are injected from a model of the network, processes and Postgres are real, and " + model
}

// doubt is the mark of a quantile that n samples do not bear.
func doubt(q float64, n int64) string {
	if stat.Doubt(q, int(n)) != nil {
		return "†"
	}
	return ""
}

// cells are a group's latencies as text, each with its doubt: p50, p90, p99, p99.9, max.
func (g *Group) cells() []string {
	if g.N == 0 {
		return []string{"–", "–", "–", "–", "–"}
	}
	l := g.Latency
	return []string{
		l.P50.String() + doubt(0.5, g.N), l.P90.String() + doubt(0.9, g.N), l.P99.String() + doubt(0.99, g.N),
		l.P999.String() + doubt(0.999, g.N), l.Max.String(),
	}
}

// commandLine is what to type to make it again, quoted for a shell.
func (r *Report) commandLine(args []string) string {
	words := []string{cmp.Or(r.Program, "durabench")}
	for _, arg := range args {
		words = append(words, quoted(arg))
	}
	return strings.Join(words, " ")
}

// quoted is a word as a shell reads it back.
func quoted(word string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_=+./:,@%", c)
	}
	if word != "" && strings.IndexFunc(word, func(c rune) bool { return !plain(c) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// place is a code with its full name.
func (r *Report) place(code string) string {
	if name := r.Places[code]; name != "" && name != code {
		return code + " " + name
	}
	return cmp.Or(code, "(not told)")
}

// edgesByLatency are the codes of a run's edges, the quickest first; those
// without a good reply last.
func (m *Measured) edgesByLatency() []string {
	return slices.SortedFunc(maps.Keys(m.ByEdge), func(a, b string) int {
		x, y := m.ByEdge[a], m.ByEdge[b]
		return cmp.Or(cmp.Compare(b2i(x.N == 0), b2i(y.N == 0)), cmp.Compare(x.Latency.P50, y.Latency.P50), cmp.Compare(a, b))
	})
}

// homes are the codes of the homes that answered, in order.
func (m *Measured) homes() []string {
	seen := map[string]bool{}
	for _, byHome := range m.ByEdgeAndHome {
		for home := range byHome {
			seen[home] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// condition is the sentence under which a run's numbers were got.
func (r *Run) condition() string {
	what := "good replies"
	if r.Chat != nil {
		what = "deliveries"
	}
	parts := []string{"n = " + count(r.N) + " " + what}
	if r.OfferedPerS > 0 {
		asked := "/s offered"
		if r.Chat != nil {
			asked = " messages/s sent"
		}
		parts = append(parts, rate(r.OfferedPerS)+asked)
	}
	if r.Lasted > 0 {
		parts = append(parts, "over "+r.Lasted.String())
	}
	return strings.Join(append(parts, "class "+cmp.Or(r.Class, "unnamed"), "engine "+cmp.Or(r.Engine, "unnamed")), ", ")
}

// outcomes counts what had no good reply, and what a class counts besides.
func (r *Run) outcomes() string {
	parts := []string{count(r.Errors) + " failed", count(r.Unknown) + " unknown"}
	if c := r.Chat; c != nil {
		parts = append(parts, count(c.Sends)+" messages sent", count(c.Delivered)+" of "+count(c.Expected)+
			" deliveries to other members (reach "+percent(c.Reach())+")")
	}
	if l := r.Limit; l != nil {
		parts = append(parts, count(l.Admitted)+" admitted", count(l.Refused)+" refused")
	}
	return strings.Join(parts, ", ")
}

// percent never rounds up to the whole: 99.99 % of deliveries is not all of them.
func percent(share float64) string {
	return strconv.FormatFloat(math.Floor(share*1e4+1e-9)/1e2, 'f', -1, 64) + " %"
}

// padded fills a cell to its column's width, numbers to the right.
func padded(s string, width int, right bool) string {
	gap := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
	if right {
		return gap + s
	}
	return s + gap
}

// wrapped breaks text at spaces into lines of at most width runes; a word that
// is longer stands alone.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// shortened cuts text to width runes and says so.
func shortened(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return string(runes[:width-1]) + "…"
}
