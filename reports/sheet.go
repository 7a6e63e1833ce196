package reports

import (
	"bufio"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// chapter is a part of a report that is about several runs.
type chapter struct {
	ID, Title string
	Notes     []string
	Sheets    []sheet
	Models    []model
	figures   []figure
	// PlotsFirst has the plots before the tables that hold their numbers.
	PlotsFirst bool
}

// chapters are what a report has of them, the most wanted first.
func (r *Report) chapters() []chapter {
	var all []chapter
	for _, written := range []func() (chapter, bool){r.claims, r.primitives, r.confirmed, r.moves, r.curves} {
		if c, ok := written(); ok {
			all = append(all, c)
		}
	}
	return append(all, r.placements()...)
}

// sheet is a table that a page and Markdown show alike.
type sheet struct {
	Title, Caption string
	Heads          []head
	Rows           [][]cell // the first cell names the row
	Stacked        bool     // where there is no width, each row becomes a card
}

// head is a column.
type head struct {
	Name  string
	Words bool   // prose: set to the left, and free to wrap
	Left  bool   // a word: set to the left
	terse string // what a terminal calls it, if it has room for it
}

// cell is what stands in a column.
type cell struct {
	Text   string
	Small  string // what stands below, smaller
	Links  []link
	Ruling *badge
	Off    bool // outside of what was wanted
}

// link leads to a run on the page; ID is empty if there is none of the name.
type link struct{ ID, Name string }

// offMark follows the text of a cell that is off, so that no reader needs colours.
const offMark = "✕"

func words(names ...string) []head {
	var heads []head
	for _, name := range names {
		heads = append(heads, head{Name: name, Words: true})
	}
	return heads
}

func numbers(names ...string) []head {
	var heads []head
	for _, name := range names {
		heads = append(heads, head{Name: name})
	}
	return heads
}

// texts are cells of plain text.
func texts(all ...string) []cell {
	var cells []cell
	for _, text := range all {
		cells = append(cells, cell{Text: text})
	}
	return cells
}

// plain is a cell without its small print.
func (c *cell) plain() string {
	text := c.Text
	if c.Ruling != nil {
		text = c.Ruling.Word
	}
	var names []string
	for _, l := range c.Links {
		names = append(names, l.Name)
	}
	text += strings.Join(names, ", ")
	if c.Off {
		text += " " + offMark
	}
	return text
}

func mdSheet(out *bufio.Writer, s *sheet) {
	if s.Title != "" {
		fmt.Fprintf(out, "### %s\n\n", mdText(s.Title))
	}
	if s.Caption != "" {
		fmt.Fprintf(out, "%s\n\n", mdText(s.Caption))
	}
	var names []string
	for _, h := range s.Heads {
		names = append(names, h.Name)
	}
	mdHead(out, names...)
	for _, row := range s.Rows {
		var texts []string
		for _, c := range row {
			text := c.plain()
			if c.Small != "" {
				text += " (" + c.Small + ")"
			}
			texts = append(texts, text)
		}
		mdRow(out, texts...)
	}
	fmt.Fprintln(out)
}

func mdChapter(out *bufio.Writer, c *chapter) {
	fmt.Fprintf(out, "## %s\n\n", mdText(c.Title))
	for _, note := range c.Notes {
		fmt.Fprintf(out, "%s\n\n", mdText(note))
	}
	for i := range c.Sheets {
		mdSheet(out, &c.Sheets[i])
	}
	for _, m := range c.Models {
		mdConditions(out, m.Title, m.Conditions)
	}
}

// terse is a sheet as a terminal shows it: the columns it has room for.
func (s *sheet) terse(title string) [][]string {
	names := []string{title}
	for _, h := range s.Heads[1:] {
		if h.terse != "" {
			names = append(names, h.terse)
		}
	}
	rows := [][]string{names}
	for _, cells := range s.Rows {
		row := []string{printable(cells[0].plain())}
		for i, c := range cells[1:] {
			if s.Heads[i+1].terse != "" {
				row = append(row, printable(c.plain()))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:] + "."
}

// runID is where the page has the first run of a name.
func (r *Report) runID(name string) string {
	for i := range r.Runs {
		if r.Runs[i].Name == name {
			return idOfRun(i)
		}
	}
	return ""
}

func idOfRun(i int) string { return fmt.Sprintf("run-%d", i+1) }
