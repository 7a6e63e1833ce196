package plant

import (
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/text"
)

func documentBugs() []Bug {
	return []Bug{
		{
			Name: "untransformed-edit", Class: "document", Law: "document converges", class: untransformed,
			What: "edits that cross are applied as they were sent",
		},
		{
			Name: "wrong-tie-break", Class: "document", Law: "document converges", class: tiesTheOtherWay,
			What: "of two texts added at one place, the later stands first with the object and last with the members",
		},
		{
			Name: "forgotten-edit", Class: "document", Law: "document one order", hear: forgetOnWaking,
			What: "the object hibernates every 40th message, and the edit before it was in memory only",
		},
		{
			Name: "repeated-edit", Class: "document", Law: "document one order", state: repeatMessages,
			What: "every 50th edit reaches one member twice",
		},
		{
			Name: "lost-edit", Class: "document", Law: "document reach", state: loseMessages,
			What: "every 50th edit does not reach one member",
		},
	}
}

func untransformed() object.Class {
	return classes.DocumentBy(func(_, edits []text.Edit) []text.Edit { return edits })
}

// tiesTheOtherWay lets what came later come first.
func tiesTheOtherWay() object.Class {
	return classes.DocumentBy(func(ordered, edits []text.Edit) []text.Edit {
		after := append([]text.Edit(nil), edits...)
		for _, o := range ordered {
			change := o.Change
			for i := range after {
				after[i].Change, change = text.Rebase(after[i].Change, change)
			}
		}
		return after
	})
}

// nowhere is a storage that takes nothing.
type nowhere struct{ object.Storage }

func (nowhere) Put(string, object.Value, ...object.WriteOption) error { return nil }

func forgetOnWaking(p planted, s object.State, from object.Socket, m object.Message) error {
	const every = 40
	p.memory.count++
	switch p.memory.count % every {
	case every - 1:
		s = withStorage{s, nowhere{s.Storage()}}
	case 0:
		woken, err := p.memory.construct(s)
		if err != nil {
			return err
		}
		p.memory.woken = woken
	}
	return p.pass(s, from, m)
}
