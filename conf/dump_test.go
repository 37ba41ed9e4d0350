// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

const dumped = "global_defs {\nrouter_id R1\n}\nvrrp_script chk {\nscript \"/bin/x -y\"\ninterval 0.5\n}\n"

func TestDumpJSON(t *testing.T) {
	t.Parallel()
	text := dumped + instanceText("authentication {\nauth_type PASS\nauth_pass hush\n}", "track_script {\nchk weight -5\n}") + serverText("TCP_CHECK {\n}")
	var b strings.Builder
	if err := loadText(text).Config.DumpJSON(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "hush") {
		t.Errorf("a secret is shown: %s", b.String())
	}
	type object = map[string]any
	var got struct {
		Global         object
		Scripts        []object
		Instances      []object
		VirtualServers []struct {
			Addr        string
			Protocol    string
			RealServers []struct{ Checkers []object } `json:"real_servers"`
		} `json:"virtual_servers"`
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	diff(t, "router_id", "R1", got.Global["router_id"])
	diff(t, "interval in seconds", 0.5, got.Scripts[0]["interval"])
	diff(t, "command", any([]any{"/bin/x", "-y"}), got.Scripts[0]["command"].(object)["args"])
	vi := got.Instances[0]
	diff(t, "VRID", 51.0, vi["vrid"])
	diff(t, "no peers", any([]any{}), vi["peers"])
	diff(t, "no source", nil, vi["source"])
	diff(t, "password", "********", vi["auth_pass"])
	diff(t, "auth_type", "PASS", vi["auth_type"])
	diff(t, "no hook", nil, vi["notify"])
	diff(t, "a script is referred to by name", "chk", vi["track_scripts"].([]any)[0].(object)["script"])
	diff(t, "protocol", "TCP", got.VirtualServers[0].Protocol)
	diff(t, "check", "TCP_CHECK", got.VirtualServers[0].RealServers[0].Checkers[0]["kind"])
}

func TestDumpText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := loadText(dumped + instanceText()).Config.DumpText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"global:\n  router_id: R1\n", "vrrp_script chk\n", "  command:\n    args: /bin/x, -y\n", "  interval: 0.5\n",
		"vrrp_instance VI\n", "  vrid: 51\n", "  virtual_ipaddress 10.0.0.100/24\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestDumpHoldsNoPlaces: neither places nor what only belongs to the program.
func TestDumpHoldsNoPlaces(t *testing.T) {
	t.Parallel()
	cfg := &Config{}
	fill(reflect.ValueOf(cfg).Elem())
	var b strings.Builder
	if err := cfg.DumpJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !json.Valid([]byte(b.String())) {
		t.Fatalf("no JSON: %s", b.String())
	}
	for _, word := range []string{`pos"`, `"line"`, `"col"`} {
		if strings.Contains(b.String(), word) {
			t.Errorf("the dump has %s", word)
		}
	}
}

func TestSnake(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"AdvertInt": "advert_int", "SMTPServer": "smtp_server", "VIPs": "vips", "ExcludedVIPs": "excluded_vips",
		"VRID": "vrid", "IPVSNamespace": "ipvs_namespace", "V3ChecksumAsV2": "v3_checksum_as_v2", "FWMark": "fwmark",
		"UseVMACAddr": "use_vmac_addr", "BFDs": "bfds", "PeerTTLs": "peer_ttls", "DBus": "dbus", "Status": "status",
		"NFTablesIfIndex": "nftables_if_index", "IPSets": "ipsets", "X": "x", "": "",
	} {
		diff(t, name, want, snake(name))
	}
}

// TestShow: a view in one line.
func TestShow(t *testing.T) {
	t.Parallel()
	v := view{kind: viewObject, parts: []view{
		{name: "path", scalar: "/x"},
		{name: "empty", scalar: ""},
		{name: "off", scalar: false},
		{name: "none"},
		{name: "n", scalar: int64(0)},
		{name: "m", scalar: uint64(2)},
		{name: "f", scalar: 1000000.0},
		{name: "list", kind: viewList, parts: []view{{scalar: "a"}, {scalar: "b"}}},
	}}
	diff(t, "line", "path /x, m 2, f 1000000, list a, b", show(v))
	diff(t, "nothing", "none", show(view{}))
}
