// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"io/fs"
	"net/netip"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// memFiles is a file system in memory. A name that ends in * is executable.
type memFiles map[string]string

func (m memFiles) Glob(pattern string) ([]string, error) {
	var out []string
	for name := range m {
		name = strings.TrimSuffix(name, "*")
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (m memFiles) Read(name string) (string, error) {
	if _, ok := m[name+"*"]; ok {
		return "", errExecutable
	}
	text, ok := m[name]
	if !ok {
		return "", &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return text, nil
}

// loadText loads text as the file "f".
func loadText(text string) *Loaded { return load(memFiles{"f": text}, "f") }

// load loads the file at path.
func load(fs fileSystem, path string) *Loaded { return testOptions.load(fs, path) }

// testOptions depend on nothing of the machine.
var testOptions = Options{ConfigID: "main", Seed: 1, Env: func(name string) (string, bool) {
	value, ok := map[string]string{"VIP": "10.0.0.100", "LOOP": "${_ENV LOOP}", "HASH": "a#b"}[name]
	return value, ok
}}

// clean takes a physical line to what the lexer sees of it.
func clean(c *collector, file string, num int, s string) line {
	return strip(c, physical(file, num, s, 0))
}

// said gives the diagnostics in short: "line:col severity code".
func said(diags []Diagnostic) []string {
	out := []string{}
	for _, d := range diags {
		out = append(out, itoa(d.Line)+":"+itoa(d.Col)+" "+d.Severity.String()+" "+d.Code)
	}
	return out
}

// sameMeaning leaves out what only a later reading asks for.
var sameMeaning = cmpopts.IgnoreUnexported(Config{}, VirtualServer{}, RealServer{})

// diff fails the test if got is not want.
func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	opts := cmp.Options{
		sameMeaning,
		cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
		cmp.AllowUnexported(Node{}, line{}, seg{}, endpoint{}, account{}),
		cmpopts.EquateEmpty(),
	}
	if d := cmp.Diff(want, got, opts); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// instanceText gives a complete instance with more lines in it.
func instanceText(lines ...string) string {
	return "vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\npriority 100\n" +
		"virtual_ipaddress {\n10.0.0.100/24\n}\n" + strings.Join(lines, "\n") + "\n}\n"
}

// firstExtra is the line of the first line that instanceText was given.
const firstExtra = 8

// serverText gives a complete virtual server with more lines in it; rs stands in
// its real server.
func serverText(rs string, lines ...string) string {
	return "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n" + strings.Join(lines, "\n") +
		"\nreal_server 10.0.0.2 80 {\n" + rs + "\n}\n}\n"
}

// nodesOf gives a tree builder that keeps its nodes, and the nodes.
func nodesOf(c *collector, opensTop func(string) bool) (*treeBuilder, *[]*Node) {
	var out []*Node
	return newTreeBuilder(c, opensTop, func(n *Node) { out = append(out, copyNode(n)) }), &out
}

func copyNode(n *Node) *Node {
	out := *n
	out.Args = slices.Clone(n.Args)
	out.Children = nil
	for _, inner := range n.Children {
		out.Children = append(out.Children, copyNode(inner))
	}
	return &out
}

// nodeOf gives the node of one line.
func nodeOf(c *collector, text string) *Node {
	b, nodes := nodesOf(c, never)
	b.line(clean(c, "f", 1, text))
	b.finish()
	return (*nodes)[0]
}

// pieces splits a line at its braces.
func pieces(l line) []line {
	var out []line
	for l.text != "" {
		i := braceAt(l.text)
		if before := l.slice(0, i); before.text != "" {
			out = append(out, before)
		}
		if i == len(l.text) {
			break
		}
		out = append(out, l.slice(i, i+1))
		l = l.slice(i+1, len(l.text))
	}
	return out
}
