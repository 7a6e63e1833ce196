package regions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// NameError says that a name means nothing here, and what its writer may have meant. Its text is one sentence for a
// terminal, without the flag it came from: whoever parsed the flag puts that in front.
type NameError struct {
	Kind string // what was looked for: place, home, hint, jurisdiction …
	Name string // as it was written
	Near string // the nearest right spelling; empty if nothing is near
	// Known are all names there are, if they are few enough to be listed.
	Known []string
	Why   string // what is wrong with a name that exists; empty if it does not
}

// Error reads like: unknown home "LRH"; did you mean LHR (London)?
func (e *NameError) Error() string {
	text := fmt.Sprintf("unknown %s %q", e.Kind, e.Name)
	if e.Why != "" {
		text = fmt.Sprintf("no %s %q: %s", e.Kind, e.Name, e.Why)
		if e.Near != "" {
			return text + "; the nearest is " + e.Near
		}
	}
	known := ""
	if len(e.Known) > 0 {
		known = "there are " + strings.Join(e.Known, ", ")
	}
	switch {
	case e.Near != "" && known != "":
		return text + "; did you mean " + e.Near + "? T" + known[1:]
	case e.Near != "":
		return text + "; did you mean " + e.Near + "?"
	case known != "":
		return text + "; " + known
	}
	return text
}

// Spelling returns the known word nearest to a misspelt one, or nothing if none is near enough to be meant. Of equally
// near words it returns the first, so that the caller's order is the order of likelihood.
func Spelling(word string, known []string) string {
	if len(word) > longestName {
		return ""
	}
	best, bestCost := "", 2*maxEdits(word)+1
	for _, k := range known {
		if c := editCost(strings.ToLower(word), strings.ToLower(k)); c < bestCost {
			best, bestCost = k, c
		}
	}
	if best == "" && len(word) > 2 { // a beginning of three letters says enough
		if at := slices.IndexFunc(known, func(k string) bool { return strings.HasPrefix(k, word) }); at >= 0 {
			best = known[at]
		}
	}
	return best
}

// longestName bounds the work spent on text that is no name at all.
const longestName = 64

// maxEdits allows one slip per three letters: beyond that a suggestion is a guess.
func maxEdits(word string) int { return max(1, len(word)/3) }

// nearestName looks among codes, cities and hints. Among equals the place with more users wins.
func (m *Map) nearestName(text string, keep func(Place) bool) string {
	if len(text) > longestName {
		return ""
	}
	var best Place
	bestCost := 2*maxEdits(text) + 1
	for _, p := range m.places {
		if !keep(p) {
			continue
		}
		low := strings.ToLower(text)
		cost := min(editCost(low, strings.ToLower(string(p.ID))), editCost(low, strings.ToLower(p.City)))
		if cost < bestCost || cost == bestCost && cmp.Less(best.Weight, p.Weight) {
			best, bestCost = p, cost
		}
	}
	hint := Spelling(text, m.hintNames())
	if hint != "" && editCost(strings.ToLower(text), hint) < bestCost || best.ID == "" {
		return hint
	}
	return best.title()
}

func (p Place) title() string { return fmt.Sprintf("%s (%s)", p.ID, p.City) }

// editCost counts a lost, added or wrong letter as two and two swapped neighbours as one, the commonest slip in codes.
func editCost(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		last[j] = 2 * j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = 2 * i
		for j := 1; j <= len(t); j++ {
			wrong := 2
			if s[i-1] == t[j-1] {
				wrong = 0
			}
			row[j] = min(last[j]+2, row[j-1]+2, last[j-1]+wrong)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
