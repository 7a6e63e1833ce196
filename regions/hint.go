package regions

import (
	"slices"
	"strings"
)

// Hint is a wish where an object be created: a part of the world, honoured as well as its sites allow. Three hints have
// no site of their own and are served from elsewhere.
type Hint struct {
	Name     string // weur, enam …
	Title    string // Western Europe …
	Measured bool   // false for the two newer hints, whose sites are our reading of their names
	Home     ID     // what the hint stands for where one home is wanted
	Sites    []HomeShare
}

// HomeShare is a home and how often it was chosen.
type HomeShare struct {
	Home  ID
	Share float64
}

// Hints are the eleven location hints.
func (m *Map) Hints() []Hint {
	hints := slices.Clone(m.hints)
	for i := range hints {
		hints[i].Sites = slices.Clone(hints[i].Sites)
	}
	return hints
}

// Hint finds a hint by name. The error is a [*NameError].
func (m *Map) Hint(name string) (Hint, error) {
	i := m.hintIndex(strings.ToLower(strings.TrimSpace(name)))
	if i < 0 {
		return Hint{}, &NameError{Kind: "hint", Name: name, Near: Spelling(name, m.hintNames()), Known: m.hintNames()}
	}
	return m.Hints()[i], nil
}

func (m *Map) hintIndex(name string) int {
	return slices.IndexFunc(m.hints, func(h Hint) bool { return h.Name == name })
}

func (m *Map) hintNames() []string {
	var names []string
	for _, h := range m.hints {
		names = append(names, h.Name)
	}
	return names
}

// Choose returns the one of the homes that answers the wish best: the site that was chosen most often, or else the home
// nearest to what the hint stands for; empty without homes.
func (m *Map) Choose(h Hint, homes []ID) ID {
	best := HomeShare{}
	for _, s := range h.Sites {
		if slices.Contains(homes, s.Home) && s.Share > best.Share {
			best = s
		}
	}
	if best.Home != "" {
		return best.Home
	}
	return m.Nearest(h.Home, homes)
}

// Jurisdiction limits the homes of an object by law: never a preference, always a limit.
type Jurisdiction string

// The four jurisdictions. Which sites are certified for the two federal ones is not published; here they are all sites
// in the United States, and what depends on them should say so.
const (
	EU          Jurisdiction = "eu"
	US          Jurisdiction = "us"
	FedRAMP     Jurisdiction = "fedramp"
	FedRAMPHigh Jurisdiction = "fedramp-high"
)

// Jurisdictions are the names of the four.
func Jurisdictions() []string {
	return []string{string(EU), string(US), string(FedRAMP), string(FedRAMPHigh)}
}

// ParseJurisdiction finds a jurisdiction by name. The error is a [*NameError].
func ParseJurisdiction(name string) (Jurisdiction, error) {
	known := Jurisdictions()
	if slices.Contains(known, name) {
		return Jurisdiction(name), nil
	}
	return "", &NameError{Kind: "jurisdiction", Name: name, Near: Spelling(name, known), Known: known}
}

// Allows says whether an object of the jurisdiction may live in a place.
func (j Jurisdiction) Allows(p Place) bool {
	switch j {
	case "":
		return true
	case EU:
		return p.EU
	case US, FedRAMP, FedRAMPHigh:
		return p.Country == "US"
	}
	return false
}

// Allowed returns those of the homes where an object of the jurisdiction may live, in their order.
func (m *Map) Allowed(j Jurisdiction, homes []ID) []ID {
	return slices.DeleteFunc(slices.Clone(homes), func(h ID) bool { return !j.Allows(m.at(h)) })
}

// Lottery returns where objects first asked for at an edge really came to live: measured shares that add up to 1, or
// nothing for an edge that was never probed. The nearest home is only the likeliest of them, if that.
func (m *Map) Lottery(edge ID) []HomeShare { return slices.Clone(m.lottery[m.at(edge).ID]) }
