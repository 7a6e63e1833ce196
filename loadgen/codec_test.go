package loadgen_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
)

func ExampleWriter() {
	var file bytes.Buffer
	writer, err := loadgen.NewWriter(&file, loadgen.Header{Version: "0.1.0", Seed: 7, Args: []string{"run", "--class", "counter"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	o := loadgen.Observation{
		Seq: 1, Client: 2, Edge: "AMS", Class: "counter", Object: "demo-counter-0",
		Operation: loadgen.Operation{Kind: loadgen.Increment},
		Scheduled: 5 * time.Millisecond, Sent: 5100 * time.Microsecond, Done: 9 * time.Millisecond,
		Outcome: loadgen.OK, Reply: loadgen.Reply{Status: 200, Value: 1},
		Budget: loadgen.Budget{loadgen.Wait: 100 * time.Microsecond, loadgen.Return: 3900 * time.Microsecond},
	}
	if err := errors.Join(writer.Write(&o), writer.Close()); err != nil {
		fmt.Println(err)
		return
	}
	text, _ := gzip.NewReader(&file)
	io.Copy(os.Stdout, text)
	// Output:
	// {"format":1,"version":"0.1.0","seed":7,"args":["run","--class","counter"],"started":"0001-01-01T00:00:00Z"}
	// {"seq":1,"client":2,"edge":"AMS","class":"counter","object":"demo-counter-0","operation":{"kind":"increment"},"scheduled_us":5000,"sent_us":5100,"done_us":9000,"outcome":"ok","reply":{"status":200,"value":1},"budget_us":{"wait":100,"return":3900}}
}

// encode writes a file of observations, and returns it unpacked.
func encode(t testing.TB, history ...loadgen.Observation) string {
	t.Helper()
	var file bytes.Buffer
	writer, err := loadgen.NewWriter(&file, loadgen.Header{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range history {
		if err := writer.Write(&history[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := gzip.NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// decode reads a file of observations, packed or not.
func decode(file string) ([]loadgen.Observation, error) {
	reader, err := loadgen.NewReader(strings.NewReader(file))
	if err != nil {
		return nil, err
	}
	var history []loadgen.Observation
	for {
		var o loadgen.Observation
		if err := reader.Read(&o); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return history, err
		}
		history = append(history, o)
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add(uint64(1), 2, "LHR", "counter", "x", "", 0, int64(5), int64(6), int64(7), int64(8), uint64(3), false)
	f.Add(uint64(1<<64-1), -1, "", "chat", "a\"b\\\x00\n\u2028é\xff", "héllo <&>", -1, int64(-5), int64(1)<<50, int64(-1)<<63, int64(0), uint64(1<<64-1), true)
	f.Fuzz(func(t *testing.T, seq uint64, client int, edge, class, object, text string, sender int, scheduled, sent, value, part int64, epoch uint64, allowed bool) {
		us := func(n int64) time.Duration { return time.Duration(n) / 1000 * 1000 }
		if value == -1<<63 {
			value++ // the one number that the reader refuses
		}
		in := loadgen.Observation{
			Seq: seq, Client: client, Edge: regions.ID(edge), Class: class, Object: object,
			Operation: loadgen.Operation{Kind: loadgen.Deliver, Text: text, Sender: sender},
			Scheduled: us(scheduled), Sent: us(sent), Done: us(sent ^ scheduled), Outcome: loadgen.OK,
			Reply:  loadgen.Reply{Status: client, Value: value, Allowed: allowed, Text: text, Error: object},
			Server: loadgen.Server{Home: regions.ID(class), Node: object, Epoch: epoch, Moved: epoch%2 == 1},
			Budget: loadgen.Budget{loadgen.Turn: us(part), loadgen.Return: us(sent)},
		}
		file := encode(t, in)
		line := strings.Split(file, "\n")[1]
		if !json.Valid([]byte(line)) {
			t.Fatalf("not JSON: %s", line)
		}
		got, err := decode(file)
		if err != nil || len(got) != 1 {
			t.Fatalf("read %s: %d observations, %v", line, len(got), err)
		}
		valid := func(s string) string {
			return strings.ToValidUTF8(strings.Map(func(r rune) rune { return r }, s), "\uFFFD")
		}
		for _, s := range []*string{(*string)(&in.Edge), &in.Class, &in.Object, &in.Operation.Text, &in.Reply.Text, &in.Reply.Error, (*string)(&in.Server.Home), &in.Server.Node} {
			*s = valid(*s)
		}
		if !reflect.DeepEqual(got[0], in) {
			t.Fatalf("got  %+v\nwant %+v\nline %s", got[0], in, line)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"seq":1,"outcome":"ok","budget_us":{"wan":5},"later":[{"a":null},1.5e3,"x\u00e9"]}`)
	f.Add(`{"seq":01,"outcome":"ok"}`)
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\n\r") {
			return
		}
		got, err := decode(`{"format":1}` + "\n" + line)
		if err != nil || len(got) == 0 {
			return
		}
		if !json.Valid([]byte(line)) {
			t.Fatalf("accepted what is no JSON: %q", line)
		}
		again, err := decode(encode(t, got[0]))
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("%q reads as %+v, and that as %+v, %v", line, got, again, err)
		}
	})
}

func TestReaderNamesWhatIsWrong(t *testing.T) {
	good := encode(t, loadgen.Observation{Outcome: loadgen.OK})
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	noise := rand.New(rand.NewPCG(1, 1))
	fmt.Fprint(zip, `{"format":1}`+"\n")
	for range 10_000 {
		fmt.Fprintf(zip, `{"seq":%d,"outcome":"ok"}`+"\n", noise.Uint64())
	}
	zip.Close()
	rows := []struct{ story, file, want string }{
		{"no file", "", "the file is empty"},
		{"another file", "hello\n", "line 1 is no header"},
		{"a later version's file", `{"format":2}`, "format 2, this version of durabench reads format 1"},
		{"a line that is no object", good + "[]\n", "line 3: column 1: want an object"},
		{"half a line", good + `{"seq":1,"outcome":"ok`, "line 3: column 23: want the end of a string"},
		{"an outcome from elsewhere", good + `{"outcome":"maybe"}`, `line 3: outcome "maybe"`},
		{"no outcome", good + `{}`, `line 3: outcome ""`},
		{"a part from elsewhere", good + `{"outcome":"ok","budget_us":{"lunch":1}}`, `line 3: column 38: no part of the budget is called "lunch"`},
		{"a fraction of a microsecond", good + `{"outcome":"ok","done_us":1.5}`, "line 3: column 28: want a comma"},
		{"a number that is too large", good + `{"outcome":"ok","seq":18446744073709551616}`, "line 3: column 23: the number is too large"},
		{"two objects in a line", good + `{"outcome":"ok"}{}`, "line 3: column 17: want the end of the line"},
		{"a line without end", good + strings.Repeat("x", 2<<20), "line 3: longer than"},
		{"cut short", packed.String()[:packed.Len()/2], "the file was cut short"},
	}
	for _, row := range rows {
		history, err := decode(row.file)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v after %d observations, want %q in it", row.story, err, len(history), row.want)
		}
		if row.story == "cut short" && (!errors.Is(err, io.ErrUnexpectedEOF) || len(history) < 1000) {
			t.Errorf("cut short: got %v after %d observations, want an unexpected end after thousands", err, len(history))
		}
	}
}

func TestReaderSkipsWhatALaterVersionAdds(t *testing.T) {
	got, err := decode(`{"format":1,"colour":"red"}` + "\n" +
		`{"outcome":"ok","new":{"a":[1,{"b":null}],"c":"}"},"seq":5,"reply":{"more":[],"value":-3}}`)
	if err != nil || len(got) != 1 || got[0].Seq != 5 || got[0].Reply.Value != -3 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "observations.jsonl")
	if _, _, err := loadgen.ReadFile(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: got %v", err)
	}
	if err := os.WriteFile(path, []byte(encode(t, loadgen.Observation{Seq: 3, Outcome: loadgen.OK})), 0o600); err != nil {
		t.Fatal(err)
	}
	header, history, err := loadgen.ReadFile(path)
	if err != nil || header.Version != "test" || len(history) != 1 || history[0].Seq != 3 {
		t.Errorf("got %+v, %+v, %v", header, history, err)
	}
}

func sampleObservation(seq uint64) loadgen.Observation {
	now := time.Duration(seq) * 5 * time.Microsecond
	return loadgen.Observation{
		Seq: seq, Client: int(seq % 64), Edge: "LHR", Class: "counter", Object: "r-counter-17",
		Operation: loadgen.Operation{Kind: loadgen.Increment}, Scheduled: now, Sent: now + 50*time.Microsecond, Done: now + 900*time.Microsecond,
		Outcome: loadgen.OK, Reply: loadgen.Reply{Status: 200, Value: int64(seq)}, Server: loadgen.Server{Home: "weur", Node: "n1", Epoch: 4},
		Budget: loadgen.Budget{50_000, 300_000, 0, 100_000, 0, 50_000, 300_000, 100_000},
	}
}

func BenchmarkWrite(b *testing.B) {
	writer, err := loadgen.NewWriter(io.Discard, loadgen.Header{})
	if err != nil {
		b.Fatal(err)
	}
	var seq uint64
	for b.Loop() {
		o := sampleObservation(seq)
		seq++
		if err := writer.Write(&o); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	history := make([]loadgen.Observation, 10_000)
	for i := range history {
		history[i] = sampleObservation(uint64(i))
	}
	var file bytes.Buffer
	writer, _ := loadgen.NewWriter(&file, loadgen.Header{})
	for i := range history {
		writer.Write(&history[i])
	}
	writer.Close()
	var reader *loadgen.Reader
	var o loadgen.Observation
	for b.Loop() {
		if reader == nil || reader.Read(&o) != nil {
			reader, _ = loadgen.NewReader(bytes.NewReader(file.Bytes()))
		}
	}
}
