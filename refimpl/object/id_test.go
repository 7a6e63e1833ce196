package object_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl/object"
)

func ExampleNamespace() {
	rooms := object.NewNamespace("room", "a secret", "eu", "us")
	european, err := rooms.Jurisdiction("eu")
	if err != nil {
		panic(err)
	}
	lobby := rooms.IDFromName("lobby")
	fmt.Println("the same name, the same object:", lobby == rooms.IDFromName("lobby"))
	fmt.Println("in a jurisdiction, another one:", lobby != european.IDFromName("lobby"))
	fmt.Println("the whole takes IDs of its parts:", rooms.Check(european.IDFromName("lobby")))
	fmt.Println("a part takes no others:", errors.Is(european.Check(lobby), object.ErrBadID))
	// Output:
	// the same name, the same object: true
	// in a jurisdiction, another one: true
	// the whole takes IDs of its parts: <nil>
	// a part takes no others: true
}

func spaces(t *testing.T) (whole, eu, us object.Namespace) {
	t.Helper()
	whole = object.NewNamespace("room", "a secret", "eu", "us")
	eu, err := whole.Jurisdiction("eu")
	if err != nil {
		t.Fatal(err)
	}
	us, err = eu.Jurisdiction("us") // the way there does not matter
	if err != nil {
		t.Fatal(err)
	}
	return whole, eu, us
}

func TestIDsAreRefusedWhereTheyWereNotMade(t *testing.T) {
	whole, eu, us := spaces(t)
	unique, err := eu.NewUniqueID(bytes.NewReader(make([]byte, 16)))
	if err != nil {
		t.Fatal(err)
	}
	other := object.NewNamespace("room", "another secret", "eu", "us")
	id := whole.IDFromName("a").String()
	for _, row := range []struct {
		story string
		space object.Namespace
		text  string
		good  bool
	}{
		{"its own", whole, id, true},
		{"its own, in capitals", whole, strings.ToUpper(id), true},
		{"of a part", whole, eu.IDFromName("a").String(), true},
		{"unique, of a part", whole, unique.String(), true},
		{"unique, in its part", eu, unique.String(), true},
		{"unique, in another part", us, unique.String(), false},
		{"of the whole, in a part", eu, id, false},
		{"of another part", us, eu.IDFromName("a").String(), false},
		{"of another deployment", whole, other.IDFromName("a").String(), false},
		{"of another class", whole, object.NewNamespace("book", "a secret").IDFromName("a").String(), false},
		{"one digit changed", whole, id[:63] + map[bool]string{true: "0", false: "1"}[id[63] != '0'], false},
		{"too short", whole, id[2:], false},
		{"not hexadecimal", whole, "g" + id[1:], false},
		{"nothing", whole, "", false},
	} {
		_, err := row.space.ParseID(row.text)
		if (err == nil) != row.good || err != nil && !errors.Is(err, object.ErrBadID) {
			t.Errorf("%s: ParseID(%.16s…): %v, want good %v", row.story, row.text, err, row.good)
		}
	}
}

func TestJurisdictionsAreWrittenIntoIDs(t *testing.T) {
	whole, eu, us := spaces(t)
	for want, space := range map[string]object.Namespace{"": whole, "eu": eu, "us": us} {
		if got, ok := whole.JurisdictionOf(space.IDFromName("a")); got != want || !ok {
			t.Errorf("an ID of %q is of %q (%v)", want, got, ok)
		}
	}
	if _, err := whole.Jurisdiction("moon"); !errors.Is(err, object.ErrNoJurisdiction) {
		t.Errorf("a jurisdiction that does not exist: %v", err)
	}
}

func TestLongNamesMakeIDsButAreForgotten(t *testing.T) {
	whole, _, _ := spaces(t)
	for n, kept := range map[int]bool{1: true, object.KeptNameBytes: true, object.KeptNameBytes + 1: false} {
		name := strings.Repeat("n", n)
		identity := whole.Named(name)
		if identity.ID != whole.IDFromName(name) || (identity.Name == name) != kept || !kept && identity.Name != "" {
			t.Errorf("a name of %d bytes: kept %d of them", n, len(identity.Name))
		}
	}
}

func TestNamesThatAreRefused(t *testing.T) {
	for name, good := range map[string]bool{
		"a": true, "Café +&": true, "...": true, "id": true, strings.Repeat("n", object.MaxNameBytes): true,
		"": false, ".": false, "..": false, "a/b": false, "a\x00": false, "a\nb": false, "a\x7f": false, "a\u0085b": false,
		"a\u2028b": false, "\xff": false, strings.Repeat("n", object.MaxNameBytes+1): false,
	} {
		if err := object.CheckName(name); (err == nil) != good || err != nil && !errors.Is(err, object.ErrBadName) {
			t.Errorf("CheckName(%.20q): %v, want good %v", name, err, good)
		}
	}
}

func FuzzParseID(f *testing.F) {
	space := object.NewNamespace("room", "a secret", "eu", "us")
	f.Add(space.IDFromName("a").String())
	f.Add(strings.Repeat("0", 64))
	f.Add("id:")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := space.ParseID(text)
		if err == nil && id.String() != strings.ToLower(text) {
			t.Errorf("ParseID(%q) reads %s", text, id)
		}
		if err != nil && !errors.Is(err, object.ErrBadID) {
			t.Errorf("ParseID(%q): %v", text, err)
		}
	})
}
