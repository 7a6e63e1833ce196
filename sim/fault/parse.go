package fault

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
)

// longest bounds the instants and the lengths of faults: more is a slip of the pen.
const longest = 24 * time.Hour

// Parse reads faults, any number of them in each text. Whether their places are
// those of a run is for Bind to say.
func Parse(texts ...string) (Schedule, error) {
	var all Schedule
	for _, text := range texts {
		for part := range strings.SplitSeq(text, ";") {
			if strings.TrimSpace(part) == "" {
				continue
			}
			f, err := parse(part)
			if err != nil {
				return nil, fmt.Errorf("fault %q: %w", strings.TrimSpace(part), err)
			}
			all = append(all, f)
		}
	}
	return all, nil
}

// words is a text being read.
type words struct{ rest []string }

func (w *words) peek() string {
	if len(w.rest) == 0 {
		return ""
	}
	return w.rest[0]
}

func (w *words) next() string {
	word := w.peek()
	if word != "" {
		w.rest = w.rest[1:]
	}
	return word
}

func parse(text string) (Fault, error) {
	w := &words{strings.Fields(strings.NewReplacer("|", " | ", ">", " > ", ",", " , ").Replace(text))}
	possible, err := w.verb()
	if err != nil {
		return Fault{}, err
	}
	var f Fault
	if err := w.groups(&f, possible); err != nil {
		return Fault{}, err
	}
	how, err := w.state(possible)
	if err != nil {
		return Fault{}, err
	}
	f.Kind = how.kind
	return f, w.numbers(&f, how)
}

// verb gives the forms that begin with the next word.
func (w *words) verb() ([]form, error) {
	verb := w.next()
	var verbs []string
	var possible []form
	for _, how := range forms() {
		if how.verb == verb {
			possible = append(possible, how)
		}
		if !slices.Contains(verbs, how.verb) {
			verbs = append(verbs, how.verb)
		}
	}
	if possible == nil {
		return nil, unknown("kind of fault", verb, verbs)
	}
	return possible, nil
}

func unknown(what, word string, known []string) error {
	if near := regions.Spelling(word, known); near != "" {
		return fmt.Errorf("unknown %s %q; did you mean %s?", what, word, near)
	}
	return fmt.Errorf("unknown %s %q; there are %s", what, word, strings.Join(known, ", "))
}

func (w *words) groups(f *Fault, possible []form) (err error) {
	how := possible[0]
	isState := func(h form) bool { return h.state == w.peek() }
	if how.optional && slices.ContainsFunc(possible, isState) {
		return nil
	}
	if how.optional && len(w.rest) > 1 && (w.rest[1] == "at" || w.rest[1] == "by") {
		return nil // one word only: it was meant for a state
	}
	if f.A, err = w.group(how.verb); err != nil || how.groups == 1 {
		return err
	}
	switch between := w.next(); between {
	case "|":
	case ">":
		f.OneWay = true
	default:
		return fmt.Errorf("%q after the first group; want | and the other group, or > for one way", between)
	}
	f.B, err = w.group(how.verb)
	return err
}

// group reads places, parted by commas.
func (w *words) group(verb string) ([]string, error) {
	var names []string
	for {
		name := w.next()
		if name == "" || strings.ContainsAny(name, "|>,") {
			return nil, fmt.Errorf("%q where %s wants a place or a hint", name, verb)
		}
		names = append(names, name)
		if w.peek() != "," {
			return names, nil
		}
		w.next()
	}
}

// state reads the word that tells forms of one verb apart.
func (w *words) state(possible []form) (form, error) {
	if possible[0].state == "" {
		return possible[0], nil
	}
	word := w.next()
	var states []string
	for _, how := range possible {
		if how.state == word {
			return how, nil
		}
		states = append(states, how.state)
	}
	return form{}, unknown("word", word, states)
}

func (w *words) numbers(f *Fault, how form) (err error) {
	if how.by {
		if f.By, err = w.number("by"); err != nil {
			return err
		}
		if f.By == 0 || f.By < 0 && how.kind != Clock {
			return fmt.Errorf("by %s: want more than nothing", f.By)
		}
	}
	if f.At, err = w.number("at"); err != nil {
		return err
	}
	if how.lasts {
		if f.For, err = w.number("for"); err != nil {
			return err
		}
		if f.For <= 0 {
			return fmt.Errorf("for %s: want more than nothing", f.For)
		}
	}
	if f.At < 0 {
		return fmt.Errorf("at %s: instants count from the start of the run", f.At)
	}
	if rest := w.next(); rest != "" {
		return fmt.Errorf("%q is more than %s has", rest, how.verb)
	}
	return nil
}

// number reads a keyword and the duration after it.
func (w *words) number(keyword string) (time.Duration, error) {
	switch word := w.next(); {
	case word == "":
		return 0, fmt.Errorf("it ends before %q and a duration, such as %s 5s", keyword, keyword)
	case word != keyword:
		return 0, unknown("word", word, []string{keyword})
	}
	text := w.next()
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s %q: want a duration, such as 5s or 250ms", keyword, text)
	}
	if d.Abs() > longest {
		return 0, fmt.Errorf("%s %s: at most %s", keyword, text, longest)
	}
	return d, nil
}
