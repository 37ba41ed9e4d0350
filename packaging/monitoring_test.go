// SPDX-License-Identifier: Apache-2.0

package packaging

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vipward/internal/lab"
)

const (
	alerts    = "prometheus/alerts.yml"
	examples  = "prometheus/alerts_test.yml"
	dashboard = "grafana/vipward.json"
	// scrape is what a daemon with one of everything answers; a test of package control keeps
	// it true.
	scrape = "../control/testdata/metrics.golden"
)

// exported gives the labels of each metric that the daemon exports. instance and job are the
// scraper's.
func exported(t *testing.T) map[string][]string {
	t.Helper()
	labels := map[string][]string{"up": {"instance", "job"}}
	sample := regexp.MustCompile(`(?m)^(\w+)(\{.*\})? `)
	label := regexp.MustCompile(`(\w+)="`)
	for _, m := range sample.FindAllStringSubmatch(read(t, scrape), -1) {
		for _, l := range append(label.FindAllStringSubmatch(m[2], -1), []string{"", "instance"}, []string{"", "job"}) {
			if !slices.Contains(labels[m[1]], l[1]) {
				labels[m[1]] = append(labels[m[1]], l[1])
			}
		}
	}
	return labels
}

var (
	metric = regexp.MustCompile(`\b(?:keepalived|vipward)_\w+|\bup\b`)
	lists  = regexp.MustCompile(`\b(?:by|on) \(([^)]*)\)`)
	picks  = regexp.MustCompile(`(\w+)=~?"`)
	shown  = regexp.MustCompile(`\{\{ ?(?:\$labels\.)?(\w+) ?\}\}`)
)

// checkNames complains of metrics that the daemon does not export, and of labels that none of
// an expression's metrics has.
func checkNames(t *testing.T, where, expr string, texts ...string) {
	t.Helper()
	labels := exported(t)
	var have []string
	for _, name := range metric.FindAllString(expr, -1) {
		if labels[name] == nil {
			t.Errorf("%s: there is no metric %s", where, name)
		}
		have = append(have, labels[name]...)
	}
	if len(have) == 0 {
		t.Errorf("%s: no metric in %s", where, expr)
	}
	var used []string
	for _, m := range lists.FindAllStringSubmatch(expr, -1) {
		used = append(used, strings.Split(m[1], ", ")...)
	}
	for _, m := range append(picks.FindAllStringSubmatch(expr, -1), shown.FindAllStringSubmatch(strings.Join(texts, " "), -1)...) {
		used = append(used, m[1])
	}
	for _, l := range used {
		if !slices.Contains(have, l) {
			t.Errorf("%s: no metric in %q has a label %s", where, expr, l)
		}
	}
}

// TestScrape: promtool has nothing to say of what the daemon exports.
func TestScrape(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), lab.Promtool(t), "check", "metrics")
	cmd.Stdin = strings.NewReader(read(t, scrape))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// TestAlertNames: alerts speak of metrics and labels that are there.
func TestAlertNames(t *testing.T) {
	t.Parallel()
	rules := strings.Split(read(t, alerts), "- alert: ")[1:]
	for _, rule := range rules {
		name, rest, _ := strings.Cut(rule, "\n")
		expr := regexp.MustCompile(`expr: (.*)`).FindStringSubmatch(rest)
		if expr == nil || !regexp.MustCompile(`severity: (critical|warning|info)}`).MatchString(rest) ||
			!strings.Contains(rest, "summary: ") || !strings.Contains(rest, "description: ") {
			t.Fatalf("%s is not whole:\n%s", name, rest)
		}
		checkNames(t, name, expr[1], rest)
	}
	if len(rules) < 15 {
		t.Errorf("%d alerts", len(rules))
	}
}

// TestAlerts: the rules are right, and each is seen to fire for what is wrong and not for what
// is well.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool := lab.Promtool(t)
	run(t, promtool, "check", "rules", alerts)
	if out := run(t, promtool, "test", "rules", examples); !strings.Contains(out, "SUCCESS") {
		t.Errorf("promtool says:\n%s", out)
	}
	tests := read(t, examples)
	for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(read(t, alerts), -1) {
		if !strings.Contains(tests, "- alertname: "+m[1]+"\n") || !strings.Contains(tests, "alertname: "+m[1]+", eval_time: 0s, exp_alerts: []") {
			t.Errorf("%s has no example of each kind", m[1])
		}
	}
}

// panel is a part of Grafana's form.
type panel struct {
	ID          int
	Type        string
	Title       string
	Description string
	Datasource  struct{ UID string }
	GridPos     struct{ H, W, X, Y int }
	Targets     []struct {
		Expr, LegendFormat string
		Datasource         struct{ UID string }
	}
}

// TestDashboard: each panel asks for metrics that are there, in expressions that are right,
// says what it shows, and lies over no other.
func TestDashboard(t *testing.T) {
	t.Parallel()
	var d struct {
		UID, Title string
		Panels     []panel
		Templating struct {
			List []struct{ Name, Definition string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, dashboard)), &d); err != nil {
		t.Fatal(err)
	}
	var expressions []string
	for i, p := range d.Panels {
		for _, q := range d.Panels[:i] {
			if p.ID == q.ID || overlap(p, q) {
				t.Errorf("%s and %s share a number or a place", p.Title, q.Title)
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Title == "" || p.Description == "" || len(p.Targets) == 0 || p.Datasource.UID != "${datasource}" {
			t.Errorf("panel %q is not whole", p.Title)
		}
		for _, target := range p.Targets {
			checkNames(t, p.Title, target.Expr, target.LegendFormat)
			expressions = append(expressions, target.Expr)
		}
	}
	for _, v := range d.Templating.List {
		if v.Definition != "" {
			checkNames(t, v.Name, v.Definition)
		}
	}
	checkExpressions(t, expressions)
	if d.UID == "" || len(expressions) < 20 {
		t.Errorf("%d expressions", len(expressions))
	}
}

func overlap(p, q panel) bool {
	a, b := p.GridPos, q.GridPos
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H || a.X+a.W > 24
}

// checkExpressions lets promtool read expressions, with times for Grafana's variables.
func checkExpressions(t *testing.T, list []string) {
	t.Helper()
	times := strings.NewReplacer("$__rate_interval", "5m", "$__range", "6h")
	var b strings.Builder
	b.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	for i, expr := range list {
		fmt.Fprintf(&b, "      - {record: 'expression:%d', expr: '%s'}\n", i, times.Replace(expr))
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, lab.Promtool(t), "check", "rules", file)
}

// TestMonitoringIsInstalled: the package has what operators load into other programs.
func TestMonitoringIsInstalled(t *testing.T) {
	t.Parallel()
	dir := build(t, "1.0")
	list := run(t, "dpkg-deb", "--contents", filepath.Join(dir, "vipward_1.0_"+arch(t)+".deb"))
	for _, want := range []string{"./usr/share/vipward/prometheus/alerts.yml", "./usr/share/vipward/grafana/vipward.json"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %s in\n%s", want, list)
		}
	}
}
