package reports

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed page
var pageFiles embed.FS

// HTML writes report.html: one file that asks nobody for anything. Data reaches
// it only through html/template; the plots' text is escaped by their writer.
func HTML(w io.Writer, r *Report) error {
	t, err := template.New("report.gohtml").Funcs(template.FuncMap{"parts": nameParts, "spanned": spanned}).ParseFS(pageFiles, "page/*.gohtml")
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	p, err := pageOf(r)
	if err != nil {
		return err
	}
	var out bytes.Buffer // half a page is none
	if err := t.Execute(&out, p); err != nil {
		return fmt.Errorf("write report as HTML: %w", err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write report as HTML: %w", err)
	}
	return nil
}

// page is a report as the template shows it: all text, nothing to compute.
type page struct {
	Title, Suite, When, Command string
	Ruling                      badge
	Why                         string
	Warnings                    []string
	Conditions                  []stated
	Chapters, Costs             []chapterView // before the overview, and after it
	Runs                        []section
	remarks
	assets
}

// remarks are what is said of all numbers.
type remarks struct{ Notes, Credits []string }

// assets make the page look and work.
type assets struct {
	Style  template.CSS
	Script template.JS
}

// Engines says whether runs differ in their engines, so that each has to tell.
func (p *page) Engines() bool {
	for i := range p.Runs {
		if p.Runs[i].Tables.Overview.Engine != p.Runs[0].Tables.Overview.Engine {
			return true
		}
	}
	return false
}

// badge is a ruling as a word, with a sign and a colour class beside it.
type badge struct{ Word, Sign, Class string }

func badgeOf(r Ruling) badge {
	signs := map[Ruling]string{OK: "✓", Violated: "✕", Void: "∅"}
	word := r.String()
	if _, known := signs[r]; !known {
		r = Unknown
	}
	return badge{word, cmp.Or(signs[r], "?"), string(r)}
}

// section is one run.
type section struct {
	ID, Name, Why, Command string
	Outcomes               string
	Ruling                 badge
	Warnings               []string
	Verdicts               []judged
	Plots                  []drawn
	Tables                 tables
	Network                string
	Conditions             []stated
}

// judged is one law's verdict.
type judged struct {
	Ruling   badge
	Law, Why string
	Witness  []string
}

// drawn is a plot in both widths.
type drawn struct {
	Title, Caption string
	Wide, Narrow   template.HTML
	Broad          bool
}

func pageOf(r *Report) (*page, error) {
	css, err := pageFiles.ReadFile("page/report.css")
	if err != nil {
		return nil, fmt.Errorf("read the page's style: %w", err)
	}
	script, err := pageFiles.ReadFile("page/report.js")
	if err != nil {
		return nil, fmt.Errorf("read the page's script: %w", err)
	}
	ruling, why := r.Ruling()
	p := &page{
		Title: cmp.Or(r.Title, "durabench"), Suite: r.Suite, Ruling: badgeOf(ruling), Why: why,
		Warnings: r.Warnings, Conditions: statedOf(r.Conditions),
		remarks: remarks{r.notes(), r.Credits}, assets: assets{styleOf(css), template.JS(script)},
	}
	for _, c := range r.chapters() {
		p.Chapters = append(p.Chapters, viewOf(&c))
	}
	if c, ok := r.costs(); ok {
		p.Costs = append(p.Costs, viewOf(&c))
	}
	if !r.Started.IsZero() {
		p.When = r.Started.UTC().Format("2 January 2006, 15:04:05 UTC")
		if r.Took > 0 {
			p.When += ", took " + r.Took.String()
		}
	}
	if len(r.Args) > 0 {
		p.Command = r.commandLine(r.Args)
	}
	for i := range r.Runs {
		p.Runs = append(p.Runs, r.sectionOf(i))
	}
	return p, nil
}

// styleOf declares the hues before the rules that use them. Paper is light.
func styleOf(css []byte) template.CSS {
	return template.CSS(":root{color-scheme:light dark;" + variables(false) + "}\n" +
		"@media (prefers-color-scheme:dark){:root{" + variables(true) + "}}\n" +
		"@media print{:root{color-scheme:light;" + variables(false) + "}}\n" + string(css))
}

// notes are what each engine's numbers are, said once.
func (r *Report) notes() []string {
	var notes []string
	seen := map[string]bool{}
	for i := range r.Runs {
		if note := modelNote(r.Runs[i].Engine); !seen[note] {
			seen[note] = true
			notes = append(notes, note)
		}
	}
	return append(notes, quantileNote, doubtNote)
}

func (r *Report) sectionOf(i int) section {
	run := &r.Runs[i]
	ruling, why := run.Ruling()
	s := section{
		ID: idOfRun(i), Name: cmp.Or(run.Name, fmt.Sprintf("run %d", i+1)), Why: why,
		Ruling: badgeOf(ruling), Outcomes: run.outcomes(),
		Warnings: run.Warnings, Tables: r.tablesOf(run), Conditions: statedOf(run.Conditions),
	}
	if len(run.Args) > 0 {
		s.Command = r.commandLine(run.Args)
	}
	for _, v := range run.Verdicts {
		s.Verdicts = append(s.Verdicts, judged{badgeOf(v.Verdict), v.Law, v.Why, v.Witness})
	}
	s.Plots = drawnOf(figures(run))
	if run.Network != nil {
		s.Network = networkLine(run.Network)
	}
	return s
}
