package regions_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/durabench/durabench/regions"
)

func TestPlaceAndHomeByName(t *testing.T) {
	m := world(t)
	for _, test := range []struct {
		story       string
		name        string
		place, home regions.ID
	}{
		{"a code", "LHR", "LHR", "LHR"},
		{"in any case, with blanks around", " lhr ", "LHR", "LHR"},
		{"a hint stands for its home", "weur", "LHR", "LHR"},
		{"the likeliest site of enam is Miami, the measured one Ashburn", "enam", "IAD", "IAD"},
		{"a hint without sites of its own", "sam", "MIA", "MIA"},
		{"an edge is no home", "JNB", "JNB", ""},
	} {
		p, err := m.Place(test.name)
		if p.ID != test.place || err != nil {
			t.Errorf("%s: place %q, %v; want %q", test.story, p.ID, err, test.place)
		}
		h, err := m.Home(test.name)
		if h.ID != test.home || (err == nil) != (test.home != "") {
			t.Errorf("%s: home %q, %v; want %q", test.story, h.ID, err, test.home)
		}
	}
}

func TestNamesThatMeanNothing(t *testing.T) {
	m := world(t)
	place := func(s string) error { _, err := m.Place(s); return err }
	home := func(s string) error { _, err := m.Home(s); return err }
	hint := func(s string) error { _, err := m.Hint(s); return err }
	law := func(s string) error { _, err := regions.ParseJurisdiction(s); return err }
	jitter := func(s string) error { _, err := regions.ParseJitter(s); return err }
	for _, test := range []struct {
		story string
		find  func(string) error
		name  string
		want  string
	}{
		{"swapped letters are the commonest slip", place, "LRH", `unknown place "LRH"; did you mean LHR (London)?`},
		{"swapped letters go before one wrong letter of a larger place, ADD", place, "AID", `unknown place "AID"; did you mean IAD (Dulles)?`},
		{"LHW is as near, but nobody is counted there", place, "LHX", `unknown place "LHX"; did you mean LHR (London)?`},
		{"a city", place, "london", `unknown place "london"; did you mean LHR (London)?`},
		{"a city with a slip", place, "Singapoore", `unknown place "Singapoore"; did you mean SIN (Singapore)?`},
		{"a misspelt hint", place, "weru", `unknown place "weru"; did you mean weur?`},
		{"nothing near", place, "Atlantis-on-Sea", `unknown place "Atlantis-on-Sea"`},
		{"nothing at all", place, "", `unknown place ""`},
		{"control characters are quoted", place, "\x1b[2J", `unknown place "\x1b[2J"`},
		{"only homes are suggested for homes", home, "SIM", `unknown home "SIM"; did you mean SIN (Singapore)?`},
		{"no objects there", home, "JNB", `no home "JNB": JNB (Johannesburg) hosts no objects; the nearest is MRS (Marseille)`},
		{"a hint", hint, "apac-en", `unknown hint "apac-en"; did you mean apac-ne? There are wnam, enam, sam, weur, eeur, apac, apac-ne, apac-se, oc, afr, me`},
		{"a jurisdiction", law, "ue", `unknown jurisdiction "ue"; did you mean eu? There are eu, us, fedramp, fedramp-high`},
		{"a jurisdiction like no other", law, "mars", `unknown jurisdiction "mars"; there are eu, us, fedramp, fedramp-high`},
		{"a jitter", jitter, "backbon", `unknown jitter "backbon"; did you mean backbone? There are backbone, off`},
	} {
		err := test.find(test.name)
		var name *regions.NameError
		if !errors.As(err, &name) || err.Error() != test.want {
			t.Errorf("%s: got  %v\nwant %s", test.story, err, test.want)
		}
	}
}

func TestSpelling(t *testing.T) {
	known := []string{"counter", "chat", "limiter"}
	for _, test := range []struct{ story, word, want string }{
		{"a letter lost", "conter", "counter"},
		{"a letter added", "chaat", "chat"},
		{"case does not matter", "LIMITER", "limiter"},
		{"beyond recognition", "document", ""},
		{"a page is no word: nothing is spent on it", strings.Repeat("counter", 100_000), ""},
		{"letters are counted, not bytes", "chät", "chat"},
	} {
		if got := regions.Spelling(test.word, known); got != test.want {
			t.Errorf("%s: %q, want %q", test.story, got, test.want)
		}
	}
}

func FuzzPlace(f *testing.F) {
	for _, seed := range []string{"LHR", "weur", "", "\xff\xfe", "Zürich"} {
		f.Add(seed)
	}
	m := world(f)
	f.Fuzz(func(t *testing.T, name string) {
		if p, err := m.Place(name); (err == nil) != (p.ID != "") {
			t.Errorf("%q gives %q and %v", name, p.ID, err)
		}
	})
}
