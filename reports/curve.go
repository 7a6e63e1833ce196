package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// loadCurve is offered against delivered load: runs with the same curve's name.
type loadCurve struct {
	name   string
	series []loadSeries // by engine
}

// loadSeries are the points of one engine, by what was offered.
type loadSeries struct {
	engine string
	points []loadPoint
}

// loadPoint is one run.
type loadPoint struct {
	*Run
	id                 string // of its section on the page
	offered, delivered float64
}

// engineOrder puts what is measured before what is predicted.
func engineOrder(engine string) int { return slices.Index([]string{"virtual", "live"}, engine) }

func (r *Report) loadCurves() []loadCurve {
	var all []loadCurve
	for i := range r.Runs {
		run := &r.Runs[i]
		if run.Curve == "" {
			continue
		}
		at := slices.IndexFunc(all, func(c loadCurve) bool { return c.name == run.Curve })
		if at < 0 {
			at, all = len(all), append(all, loadCurve{name: run.Curve})
		}
		all[at].add(run, idOfRun(i))
	}
	for i := range all {
		slices.SortStableFunc(all[i].series, func(a, b loadSeries) int {
			return cmp.Or(-cmp.Compare(engineOrder(a.engine), engineOrder(b.engine)), strings.Compare(a.engine, b.engine))
		})
		for _, s := range all[i].series {
			slices.SortStableFunc(s.points, func(a, b loadPoint) int { return cmp.Compare(a.offered, b.offered) })
		}
	}
	return all
}

func (c *loadCurve) add(run *Run, id string) {
	at := slices.IndexFunc(c.series, func(s loadSeries) bool { return s.engine == run.Engine })
	if at < 0 {
		at, c.series = len(c.series), append(c.series, loadSeries{engine: run.Engine})
	}
	offered, delivered := run.load()
	c.series[at].points = append(c.series[at].points, loadPoint{run, id, bounded(offered), bounded(delivered)})
}

// load is what was asked of the objects and what they gave, per second. Each
// message of a chat is as many deliveries as there are members to reach.
func (r *Run) load() (offered, delivered float64) {
	c := r.Chat
	if c == nil || c.Sends <= 0 || r.N <= 0 {
		return r.OfferedPerS, r.ThroughputPerS
	}
	return r.OfferedPerS * float64(c.Expected) / float64(c.Sends), r.ThroughputPerS * float64(c.Delivered) / float64(r.N)
}

// refused are the operations that had certainly no effect.
func (r *Run) refused() Share {
	asked := r.N
	if r.Chat != nil {
		asked = r.Chat.Sends
	}
	return Share{r.Errors, asked + r.Errors + r.Unknown}
}

// enough is the share of the offered load that a run has to deliver to be said to keep up.
const enough = 0.95

// line says where a series stops keeping up.
func (s *loadSeries) line(curve string) string {
	name := fmt.Sprintf("%s, %s engine", curve, cmp.Or(s.engine, "unnamed"))
	kept := -1
	for i, p := range s.points {
		if p.delivered < enough*p.offered {
			break
		}
		kept = i
	}
	last := s.points[len(s.points)-1]
	end := fmt.Sprintf("at %s/s offered it delivered %s/s", rate(last.offered), rate(last.delivered))
	if last.Queue != nil {
		end += ", queue wait p99 " + last.Queue.P99.String() + doubt(0.99, last.N)
	}
	if share := last.refused(); share.N > 0 {
		end += ", refused " + share.percent()
	}
	switch {
	case kept < 0:
		return fmt.Sprintf("%s: kept up with none of %s; %s", name, counted(len(s.points), "load"), end)
	case kept == len(s.points)-1:
		return fmt.Sprintf("%s: kept up with all of %s; %s", name, counted(len(s.points), "load"), end)
	}
	return fmt.Sprintf("%s: kept up with %s/s, no longer with %s/s; %s", name, rate(s.points[kept].offered), rate(s.points[kept+1].offered), end)
}

// curves are offered against delivered load.
func (r *Report) curves() (chapter, bool) {
	all := r.loadCurves()
	if len(all) == 0 {
		return chapter{}, false
	}
	c := chapter{ID: "curves", Title: "Offered and delivered load", Notes: []string{fmt.Sprintf(
		"A run keeps up if it delivers at least %.0f %% of what is offered. Refused: the share of operations that certainly had no effect. Of a chat, load is counted in deliveries to other members.", enough*100)}}
	for i := range all {
		for j := range all[i].series {
			c.Notes = append(c.Notes, sentence(all[i].series[j].line(all[i].name)))
		}
	}
	for i := range all {
		c.Sheets = append(c.Sheets, all[i].sheet())
		c.figures = append(c.figures, all[i].figures(i)...)
	}
	return c, true
}

func (c *loadCurve) runs() []*Run {
	var runs []*Run
	for _, s := range c.series {
		for _, p := range s.points {
			runs = append(runs, p.Run)
		}
	}
	return runs
}

func (c *loadCurve) sheet() sheet {
	s := sheet{
		Title: "Curve " + c.name, Caption: sentence(conditionOf(c.runs())),
		Heads: append([]head{{Name: "run"}, {Name: "engine", Left: true}, {Name: "verdict", Left: true}}, numbers("offered per s", "delivered per s", "delivered", "queue p50", "queue p99", "refused", "p50", "p99")...),
	}
	for _, series := range c.series {
		for _, p := range series.points {
			ruling, _ := p.Ruling()
			found := badgeOf(ruling)
			row := []cell{{Links: []link{{p.id, cmp.Or(p.Run.Name, p.id)}}}, {Text: series.engine}, {Ruling: &found}}
			latency := p.cells()
			row = append(row, texts(rate(p.offered), rate(p.delivered), p.kept())...)
			row = append(row, texts(p.waits()...)...)
			s.Rows = append(s.Rows, append(row, texts(p.refused().percent(), latency[0], latency[2])...))
		}
	}
	return s
}

func (p *loadPoint) kept() string {
	if p.offered <= 0 {
		return nothing
	}
	return percent(min(p.delivered/p.offered, 1))
}

func (p *loadPoint) waits() []string {
	if p.Queue == nil {
		return []string{nothing, nothing}
	}
	return []string{p.Queue.P50.String() + doubt(0.5, p.N), p.Queue.P99.String() + doubt(0.99, p.N)}
}
