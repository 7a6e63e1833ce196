package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/durabench/durabench/regions/placement"
)

// given are the flags that were written, by name; a default is none of them.
type given map[string]bool

func givenIn(parsed *kong.Context) given {
	g := given{}
	for _, step := range parsed.Path {
		if step.Flag != nil {
			g[step.Flag.Name] = true
		}
	}
	return g
}

// idle are flags that would do nothing, and why: whoever writes one expects something of it.
type idle struct {
	when  bool
	flags []string
	why   string
}

// refuse finds the first flag that was written in vain.
func (g given) refuse(all []idle) error {
	for _, i := range all {
		if !i.when {
			continue
		}
		for _, flag := range i.flags {
			if g[flag] {
				return fmt.Errorf("--%s has no effect here: %s", flag, i.why)
			}
		}
	}
	return nil
}

// few is what is wrong with no clients at all, and the like.
const few = "0 means as many as without it; want 1 to 1000000"

// answering is how long answers may take after the last operation was sent.
const answering = 10 * time.Second

// lateFault is the first fault that begins as long after the last operation, or later; empty if there is none.
func (e *experiment) lateFault(after time.Duration) string {
	for _, f := range e.faults {
		if f.At >= e.flags.For+after {
			return f.String()
		}
	}
	return ""
}

// idle are the flags of a run that nothing in it asks for.
func (e *experiment) idle() []idle {
	f := e.flags
	not := func(classes ...string) bool { return !slices.Contains(classes, f.Class) }
	_, moves := e.place.(placement.Mover)
	model := !f.isObject() && f.Primitive != "do+kv"
	return []idle{
		{f.Clients == 0, []string{"clients"}, few},
		{f.Objects == 0, []string{"objects"}, few},
		{f.Members == 0, []string{"members"}, few},
		{f.Senders == 0, []string{"senders"}, few},
		{e.lateFault(answering) != "", []string{"fault"}, fmt.Sprintf("%s begins after all that is sent --for %v was answered", e.lateFault(answering), f.For)},
		{len(f.Homes) == 0, []string{"homes"}, "no place is named"},
		{len(f.Edges) == 0, []string{"edges"}, "no place is named"},
		{!not("chat", "document"), []string{"clients"}, "the clients of " + f.Class + " are its --members"},
		{not("chat", "document"), []string{"members", "senders"}, "only chats and documents have members, and the class is " + f.Class},
		{not("counter", "account"), []string{"reads"}, "only counters and accounts are read now and then, and the class is " + f.Class},
		{not("limiter"), []string{"limit"}, "it fills the bucket of a limiter, and the class is " + f.Class},
		{not("account"), []string{"accounts", "puts"}, "only the class account has accounts, and the class is " + f.Class},
		{not("session"), []string{"ttl"}, "only sessions end, and the class is " + f.Class},
		{f.isObject() || not("chat"), []string{"poll"}, "only members of a chat on a --primitive ask for news; objects push them"},
		{model, []string{"place", "directory", "cores", "handler", "standby"}, "--primitive " + f.Primitive + " has no objects, nor homes of objects"},
		{!moves && f.Confirm == "", []string{"cost"}, "the strategy " + e.place.String() + " moves nothing"},
	}
}

// idle are flags for worlds that the run does not have.
func (r runCmd) idle() []idle {
	return []idle{
		{r.Engine == "virtual", []string{"postgres", "image"}, "a virtual run needs no database"},
		{r.Engine == "live", []string{"profile"}, "it says how long things take in virtual time, and the run is live"},
	}
}

// idle are the flags of a comparison that nothing in it asks for.
func (p placeCmd) idle() []idle {
	scripted := slices.Contains(p.Population, "script") || slices.Contains(p.Population, "mix")
	return []idle{
		{len(p.Homes) == 0, []string{"homes"}, "no place is named"},
		{p.Trace != "", []string{"population", "objects", "rate", "for", "zipf", "seeds", "script"}, "--trace says who asks for what, and when; the flag is of populations"},
		{p.Trace == "", []string{"lenient"}, "it is for the lines of a --trace"},
		{!scripted, []string{"script"}, "none of the populations " + strings.Join(p.Population, ", ") + " is made by a script; script and mix are"},
		{p.Save != "", []string{"cost", "copy", "byte-price", "sweep", "window", "every", "size", "plant", "out"}, "--save writes accesses down, and compares nothing"},
	}
}

// negative is a number below zero, with or without a unit.
var negative = regexp.MustCompile(`^-\.?[0-9]`)

// joined puts a number below zero and its flag into one word, since alone it looks like a short flag: what reads
// the flag says better what is wrong with it.
func joined(args []string) []string {
	var words []string
	for _, arg := range args {
		last := len(words) - 1
		if last >= 0 && strings.HasPrefix(words[last], "--") && len(words[last]) > 2 && !strings.Contains(words[last], "=") && negative.MatchString(arg) {
			words[last] += "=" + arg
			continue
		}
		words = append(words, arg)
	}
	return words
}

// unclear are complaints of the parser about values, and what to say instead.
var unclear = []struct {
	theirs *regexp.Regexp
	ours   string
}{
	{regexp.MustCompile(`^--(\S+): expected \S+ value but got "(-[^"]*)" \(.* flag\).*$`), `--$1: want a value after it; $2 is another flag`},
	{regexp.MustCompile(`^--(\S+): expected \S+ value but got "EOL" \(<EOL>\)$`), `--$1: want a value after it`},
	{regexp.MustCompile(`^--(\S+): expected a valid \d+ bit uint but got "([^"]*)"$`), `--$1 $2: want a whole number, 0 or more, below 2^64`},
	{regexp.MustCompile(`^--(\S+): expected a valid \d+ bit int but got "([^"]*)"$`), `--$1 $2: want a whole number`},
	{regexp.MustCompile(`^--(\S+): expected an? (?:valid \d+ bit )?float but got "([^"]*)".*$`), `--$1 $2: want a number`},
	{regexp.MustCompile(`^--(\S+): expected duration but got "([^"]*)".*$`), `--$1 $2: want a time with its unit, such as 500ms, 10s or 2m`},
	{regexp.MustCompile(`^--(\S+): stat (.*): no such file or directory$`), `--$1: there is no file $2`},
}

// plainly is the parser's complaint in our words.
func plainly(err error) error {
	if err == nil {
		return nil
	}
	for _, u := range unclear {
		if u.theirs.MatchString(err.Error()) {
			return fmt.Errorf("%s", u.theirs.ReplaceAllString(err.Error(), u.ours))
		}
	}
	return err
}
