// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// planText gives the plan from one configuration to another, for people.
func planText(t *testing.T, old, next string) string {
	t.Helper()
	a, b := loadText(old), loadText(next)
	if a.Fatal() || b.Fatal() {
		t.Fatalf("not loaded: %v, %v", a.Diagnostics, b.Diagnostics)
	}
	var out strings.Builder
	if err := NewPlan(a.Config, b.Config).Text(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// withoutCounts leaves out the counts.
func withoutCounts(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(line, " kept\n") {
			out = append(out, strings.TrimSuffix(line, "\n"))
		}
	}
	return out
}

func TestPlan(t *testing.T) {
	t.Parallel()
	script := "vrrp_script chk {\nscript /bin/true\nweight -20\n}\n"
	tests := []struct {
		name, old, next string
		want            []string
	}{
		{"nothing", instanceText(), "# moved\n\n" + instanceText(), []string{"No changes."}},
		{
			"a value", instanceText(), instanceText("priority 150"),
			[]string{"~ vrrp_instance VI", "    priority: 100 -> 150"},
		},
		{
			"a value within a value", instanceText(), instanceText("garp_master_repeat 7"),
			[]string{"~ vrrp_instance VI", "    garp.master_repeat: 5 -> 7"},
		},
		{
			"an address comes and another goes", instanceText(),
			strings.Replace(instanceText(), "10.0.0.100/24", "10.0.0.101/24", 1),
			[]string{"~ vrrp_instance VI", "    + virtual_ipaddress 10.0.0.101/24", "    - virtual_ipaddress 10.0.0.100/24"},
		},
		{
			"a password", instanceText("authentication {\nauth_type PASS\nauth_pass one\n}"), instanceText("authentication {\nauth_type PASS\nauth_pass two\n}"),
			[]string{"~ vrrp_instance VI", "    auth_pass: ******** -> ********"},
		},
		{
			"a script is tracked", script + instanceText(), script + instanceText("track_script {\nchk\n}"),
			[]string{"~ vrrp_instance VI", "    + track_script chk"},
		},
		{
			"the words of a command", "vrrp_script s {\nscript \"/x a b\"\n}\n", "vrrp_script s {\nscript \"/x b a\"\n}\n",
			[]string{"~ vrrp_script s", "    command.args: /x, a, b -> /x, b, a"},
		},
		{
			"a hook comes", instanceText(), instanceText("notify /n"),
			[]string{"~ vrrp_instance VI", "    notify: none -> args /n"},
		},
		{
			"whole blocks", instanceText(), serverText("weight 3"),
			[]string{"- vrrp_instance VI", "+ virtual_server 10.0.0.1 80 TCP"},
		},
		{
			"deep within", serverText("TCP_CHECK {\n}"), serverText("weight 5\nTCP_CHECK {\nconnect_timeout 9\n}"),
			[]string{
				"~ virtual_server 10.0.0.1 80 TCP", "    ~ real_server 10.0.0.2 80", "        weight: 1 -> 5",
				"        ~ checker TCP_CHECK 10.0.0.2 80", "            connect_timeout: 5 -> 9",
			},
		},
		{
			"global_defs", "global_defs {\nrouter_id a\nnotification_email {\na@b\n}\n}\n", "global_defs {\nrouter_id b\n}\n",
			[]string{"~ global_defs", "    router_id: a -> b", "    - notification_email a@b"},
		},
		{
			"the order of entries", serverText("weight 1") + serverText("weight 1\n}\nreal_server 10.0.0.3 80 {"),
			serverText("weight 1") + serverText("weight 1\n}\nreal_server 10.0.0.3 80 {"),
			[]string{"No changes."},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, "plan", tt.want, withoutCounts(planText(t, tt.old, tt.next)))
		})
	}
}

// TestPlanCounts: entries are counted by kind, with all that they hold.
func TestPlanCounts(t *testing.T) {
	t.Parallel()
	two := serverText("weight 1\n}\nreal_server 10.0.0.3 80 {\nweight 1")
	a, b := loadText(serverText("weight 2")+instanceText()), loadText(two+instanceText())
	plan := NewPlan(a.Config, b.Config)
	got := map[string]PlanCount{}
	for _, n := range plan.Counts {
		got[n.Kind] = n
	}
	want := map[string]PlanCount{
		"vrrp_instance":     {Kind: "vrrp_instance", Kept: 1},
		"virtual_ipaddress": {Kind: "virtual_ipaddress", Kept: 1},
		"virtual_server":    {Kind: "virtual_server", Changed: 1},
		"real_server":       {Kind: "real_server", Added: 1, Changed: 1},
	}
	diff(t, "counts", want, got)
}

// TestPlanJSON: the form for tools, with secrets masked in entries that come.
func TestPlanJSON(t *testing.T) {
	t.Parallel()
	next := loadText(instanceText("authentication {\nauth_type PASS\nauth_pass hush\n}"))
	b, err := json.Marshal(NewPlan(&Config{}, next.Config))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "hush") {
		t.Errorf("a secret is shown: %s", b)
	}
	var plan struct {
		Changes []struct {
			Op, Kind, Name string
			Value          struct {
				Priority int
				VIPs     []struct{ Prefix string }
			}
		}
	}
	if err := json.Unmarshal(b, &plan); err != nil {
		t.Fatal(err)
	}
	for _, c := range plan.Changes {
		if c.Kind != "vrrp_instance" {
			continue
		}
		if c.Op != "add" || c.Name != "VI" || c.Value.Priority != 100 || len(c.Value.VIPs) != 1 || c.Value.VIPs[0].Prefix != "10.0.0.100/24" {
			t.Errorf("the instance that comes: %+v", c)
		}
		return
	}
	t.Errorf("no instance in %s", b)
}

// TestListInfos: every list of blocks in the Config is described, and nothing else is.
func TestListInfos(t *testing.T) {
	t.Parallel()
	lists := map[string]reflect.Type{}
	var walk func(t reflect.Type)
	seen := map[reflect.Type]bool{}
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			if f.IsExported() && f.Type.Kind() == reflect.Slice {
				lists[t.Name()+"."+f.Name] = f.Type.Elem()
			}
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[Config]())
	for name, info := range listInfos {
		elem, ok := lists[name]
		if !ok {
			t.Errorf("%s is no list of the Config", name)
			continue
		}
		checkListKey(t, name, elem, info)
	}
	for name, elem := range lists {
		if _, ok := listInfos[name]; !ok && elem.Kind() == reflect.Pointer {
			t.Errorf("nothing tells the elements of %s from each other", name)
		}
	}
}

// checkListKey: the identity of an element is made of fields that it has.
func checkListKey(t *testing.T, name string, elem reflect.Type, info listInfo) {
	t.Helper()
	if elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	known := map[string]bool{}
	if elem.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(elem) {
			known[snake(f.Name)] = true
		}
	}
	for _, key := range info.key {
		if key != "" && !known[key] {
			t.Errorf("%s: its elements have no field %s", name, key)
		}
	}
}

// TestPlanForgetsNothing changes each value of a full Config in turn: a plan has it.
func TestPlanForgetsNothing(t *testing.T) {
	t.Parallel()
	cfg, other := &Config{}, &Config{}
	fill(reflect.ValueOf(cfg).Elem())
	fill(reflect.ValueOf(other).Elem())
	if p := NewPlan(cfg, cfg); !p.Empty() {
		t.Fatalf("a Config differs from itself: %+v", p.Changes)
	}
	n := 0
	eachLeaf(reflect.ValueOf(cfg).Elem(), "Config", func(path string, v reflect.Value) {
		n++
		was := reflect.New(v.Type()).Elem()
		was.Set(v)
		alter(v)
		if NewPlan(cfg, other).Empty() {
			t.Errorf("%s changes and no plan says so", path)
		}
		v.Set(was)
	})
	if n < 100 {
		t.Errorf("only %d values", n)
	}
}

// fill makes every pointer point and every list have one element.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	default:
	}
}

// eachLeaf visits the values that a view shows; what is only referred to is not.
func eachLeaf(v reflect.Value, path string, f func(path string, v reflect.Value)) {
	switch {
	case v.Type() == posType:
	case v.Type() == reflect.TypeFor[netip.Addr](), v.Type() == reflect.TypeFor[netip.Prefix]():
		f(path, v)
	case v.Kind() == reflect.Pointer:
		home := strings.Count(path, ".") == 1
		if n := v.Elem(); home || n.Kind() != reflect.Struct || !n.FieldByName("Name").IsValid() || n.Type().Name() == "VMAC" || n.Type().Name() == "IPVLAN" {
			eachLeaf(v.Elem(), path, f)
		}
	case v.Kind() == reflect.Slice:
		eachLeaf(v.Index(0), path, f)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				eachLeaf(v.Field(i), path+"."+v.Type().Field(i).Name, f)
			}
		}
	default:
		f(path, v)
	}
}

// alter gives a value another one.
func alter(v reflect.Value) {
	switch x := v.Interface().(type) {
	case netip.Addr:
		v.Set(reflect.ValueOf(netip.MustParseAddr("192.0.2.1")))
		return
	case netip.Prefix:
		v.Set(reflect.ValueOf(netip.MustParsePrefix("192.0.2.0/24")))
		return
	case Protocol:
		v.SetUint(uint64(TCP))
		return
	case bool:
		v.SetBool(!x)
		return
	}
	switch {
	case v.Kind() == reflect.String:
		v.SetString(v.String() + "x")
	case v.CanInt():
		v.SetInt(v.Int() + 1)
	case v.CanUint():
		v.SetUint(v.Uint() + 1)
	}
}

// FuzzPlan: any two texts give a plan, without a panic; none from a text to itself.
func FuzzPlan(f *testing.F) {
	f.Add(instanceText(), serverText("weight 3"))
	f.Add(instanceText("priority 3"), instanceText("notify /x"))
	f.Fuzz(func(t *testing.T, old, next string) {
		a, b := loadText(old), loadText(next)
		if a.Fatal() || b.Fatal() {
			return
		}
		if p := NewPlan(a.Config, a.Config); !p.Empty() {
			t.Fatalf("%q differs from itself: %+v", old, p.Changes)
		}
		var out strings.Builder
		if err := NewPlan(a.Config, b.Config).Text(&out); err != nil {
			t.Fatal(err)
		}
	})
}
