package classes_test

import (
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/reports/price"
)

// Reports charge each operation for the rows that its class writes; this is where
// those numbers are held against the classes.
func TestClassesWriteTheRowsThatReportsCharge(t *testing.T) {
	bank := classes.DefaultBank()
	for _, row := range []struct {
		class  *specimen
		name   string
		kind   string
		method string
		path   string
		body   string
	}{
		{live(classes.Counter()), "counter", "increment", "GET", "/increment", ""},
		{live(classes.Counter()), "counter", "value", "GET", "/value", ""},
		{live(classes.Limiter(classes.DefaultLimit())), "limiter", "take", "GET", "/check", ""},
		{live(classes.Account(bank, classes.Batched)), "account", "transfer", "POST", "/", `{"from":"a0","to":"a1","amount":1}`},
		{live(classes.Account(bank, classes.Batched)), "account", "value", "GET", "/", ""},
		{live(classes.Session(time.Minute)), "session", "create", "POST", "/create", `{}`},
	} {
		row.class.ask(row.method, row.path, row.body)
		wrote := len(row.class.written)
		if _, set := row.class.storage.alarmAt(); set {
			wrote++ // an alarm is a row
		}
		usage := price.UsageOf(row.name)
		charged, known := usage.Of(row.kind)
		if !known || charged[price.ObjectRowWritten] != float64(wrote) {
			t.Errorf("%s of %s wrote %d rows, charged are %v", row.kind, row.name, wrote, charged[price.ObjectRowWritten])
		}
	}
}
