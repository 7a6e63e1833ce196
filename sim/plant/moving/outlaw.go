package moving

import (
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// Outlaw says that it is limited to a jurisdiction, as the rule is, and moves objects to
// whoever asks, wherever that is. Of a rule that no jurisdiction limits it is the rule.
func Outlaw(t *placement.Table, rule placement.Rule) placement.Rule {
	if placement.Jurisdiction(rule) == "" {
		return rule
	}
	return outlaw{rule, t}
}

type outlaw struct {
	placement.Rule
	table *placement.Table
}

// Within is what it says.
func (o outlaw) Within() regions.Jurisdiction { return placement.Jurisdiction(o.Rule) }

// Observe asks no law.
func (o outlaw) Observe(_ *placement.State, a placement.Access) placement.Home {
	return o.table.Nearest(a.Edge, o.table.All())
}
