package reports

import (
	"html/template"
	"unicode/utf8"
)

// chapterView is a chapter as the template shows it.
type chapterView struct {
	chapter
	Plots  []drawn
	Models []modelView
}

type modelView struct {
	Title      string
	Conditions []stated
}

func viewOf(c *chapter) chapterView {
	v := chapterView{chapter: *c, Plots: drawnOf(c.figures)}
	for _, m := range c.Models {
		v.Models = append(v.Models, modelView{m.Title, statedOf(m.Conditions)})
	}
	return v
}

// drawnOf are the figures that the page shows.
func drawnOf(figures []figure) []drawn {
	var all []drawn
	for _, f := range figures {
		if f.inPage {
			all = append(all, drawn{f.title, f.caption, template.HTML(f.svg(false)), template.HTML(f.svg(true)), f.broad})
		}
	}
	return all
}

// stated is a condition with its place: half a row, or a whole one.
type stated struct {
	Condition
	Whole bool
}

// The most runes that half a row holds without breaking a line.
const (
	halfValue = 48
	halfRow   = 64
)

// statedOf puts the short ones first, in pairs, so that no row has a hole; the
// others keep their order below them.
func statedOf(conditions Conditions) []stated {
	var short, long []stated
	for _, c := range conditions {
		value := utf8.RuneCountInString(c.Value)
		if value > halfValue || value+utf8.RuneCountInString(c.Key) > halfRow {
			long = append(long, stated{c, true})
			continue
		}
		short = append(short, stated{c, false})
	}
	if len(short)%2 == 1 {
		short[len(short)-1].Whole = true
	}
	return append(short, long...)
}
