package relocate

import (
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// Borders say in which of a world's homes an object may live: where the world's own
// jurisdiction allows it, and that of the object's ID.
type Borders struct {
	Map    *regions.Map
	Homes  []regions.ID
	Within regions.Jurisdiction // of all objects of the world; may be none
	Spaces map[string]object.Namespace
}

// Allowed are the homes, in the world's order; not to be changed.
func (b Borders) Allowed(of object.Identity) []regions.ID {
	homes := b.Homes
	if b.Within != "" {
		homes = b.Map.Allowed(b.Within, homes)
	}
	if own, _ := b.Spaces[of.Class].JurisdictionOf(of.ID); own != "" {
		homes = b.Map.Allowed(regions.Jurisdiction(own), homes)
	}
	return homes
}
