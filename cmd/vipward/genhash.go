// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"vipward/checker/probe"
	"vipward/conf"
)

// genhashArgs gives the arguments of genhash, which is this program by another name or
// behind -T.
func genhashArgs(args []string) ([]string, bool) {
	switch {
	case filepath.Base(args[0]) == "genhash":
		return args[1:], true
	case len(args) > 1 && (args[1] == "-T" || args[1] == "--genhash"):
		return args[2:], true
	}
	return nil, false
}

// genhashCall is what the command line of genhash says.
type genhashCall struct {
	options
	check   conf.Checker
	http    conf.HTTPCheck
	url     conf.URL
	server  string
	sni     bool
	verbose bool
	wrong   bool
}

func (g *genhashCall) table() []option {
	put := func(to *string) func(*options, string, string) { return func(_ *options, _, v string) { *to = v } }
	set := func(to *bool) func(*options, string, string) { return func(*options, string, string) { *to = true } }
	count := func(bits int, to func(uint64)) func(*options, string, string) {
		return func(_ *options, name, v string) {
			n, err := strconv.ParseUint(v, 10, bits)
			if err != nil {
				g.complain("invalid argument of %s '%s'", name, v)
				g.wrong = true
			}
			to(n)
		}
	}
	return []option{
		{'S', "use-ssl", noArg, set(&g.http.TLS)},
		{'I', "use-sni", noArg, set(&g.sni)},
		{'s', "server", needArg, put(&g.server)},
		{'p', "port", needArg, count(16, func(n uint64) { g.check.ConnectPort = uint16(n) })},
		{'u', "url", needArg, put(&g.url.Path)},
		{'V', "use-virtualhost", needArg, put(&g.url.Host)},
		{'v', "verbose", noArg, set(&g.verbose)},
		{'h', "help", noArg, set(&g.wrong)},
		{'m', "fwmark", needArg, count(32, func(n uint64) { g.check.FWMark = uint32(n) })},
		{'P', "protocol", needArg, g.protocol},
		{'t', "timeout", needArg, count(16, func(n uint64) { g.check.ConnectTimeout = time.Duration(n) * time.Second })},
	}
}

func (g *genhashCall) protocol(_ *options, _, v string) {
	if g.http.Protocol = strings.ToUpper(v); !slices.Contains([]string{"1.0", "1.0C", "1.1"}, g.http.Protocol) {
		g.complain("invalid HTTP protocol version '%s'", v)
		g.wrong = true
	}
}

// genhash prints the digest of a page, for the configuration.
func genhash(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	g := &genhashCall{http: conf.HTTPCheck{Protocol: "1.0"}}
	g.check.CheckSettings = &conf.CheckSettings{ConnectTimeout: 5 * time.Second}
	s := scanner{opts: &g.options, rest: args, table: g.table()}
	s.scan()
	addr, err := netip.ParseAddr(g.server)
	if g.wrong || s.bad || err != nil || g.check.ConnectPort == 0 || g.url.Path == "" {
		_, _ = io.WriteString(stderr, g.err+genhashUsage)
		return exitFatal
	}
	if g.sni {
		g.url.SNI = g.url.Host
	}
	g.check.ConnectIP, g.check.HTTP, g.http.URLs = addr, &g.http, []conf.URL{g.url}
	begin := time.Now()
	page, err := probe.Fetch(ctx, &g.check)
	switch {
	case errors.Is(err, probe.ErrConnect):
		fmt.Fprintln(stderr, "Connection failed") // and no error, as keepalived's
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "genhash: %v\n", err)
		return exitFatal
	}
	if g.verbose {
		dumpPage(stdout, page)
	}
	fmt.Fprintf(stdout, "%x\n", page.Sum)
	if g.verbose {
		fmt.Fprintf(stdout, "\nGlobal response time for [%s] = %d usecs\n", g.url.Path, time.Since(begin).Microseconds())
	}
	return exitOK
}

func dumpPage(w io.Writer, p *probe.Fetched) {
	fmt.Fprintln(w, "-----------------------[    HTTP Header Buffer    ]-----------------------")
	dumpBytes(w, p.Header)
	fmt.Fprintf(w, "-----------------------[ HTTP Header Ascii Buffer ]-----------------------\n%s\n", p.Header)
	fmt.Fprintln(w, "-----------------------[        HTML Buffer        ]-----------------------")
	dumpBytes(w, p.Body)
	fmt.Fprintln(w, "\n-----------------------[    HTML hash resulting    ]-----------------------")
	dumpBytes(w, p.Sum[:])
	fmt.Fprintln(w, "-----------------------[ HTML hash final resulting ]-----------------------")
}

// dumpBytes prints bytes in hexadecimal and as text, 16 to a line.
func dumpBytes(w io.Writer, b []byte) {
	at := 0
	for line := range slices.Chunk(b, 16) {
		hex, text := strings.Builder{}, strings.Builder{}
		for i := range 16 {
			if i == 8 {
				hex.WriteString("- ")
			}
			if i >= len(line) {
				hex.WriteString("   ")
				text.WriteByte(' ')
				continue
			}
			fmt.Fprintf(&hex, "%02x ", line[i])
			if c := line[i]; c < ' ' || c > '~' {
				text.WriteByte('.')
			} else {
				text.WriteByte(c)
			}
		}
		fmt.Fprintf(w, "%04d  %s  %s\n", at, hex.String(), text.String())
		at += len(line)
	}
}

const genhashUsage = `Usage: genhash COMMAND [OPTIONS]
Commands:
   -s server-address -p port -u url
   -S -s server-address -p port -u url
   -h

Options:
Either long or short options are allowed.
   --use-ssl         -S       Use SSL connection to remote server.
   --use-sni         -I       Use SNI during SSL handshake (uses virtualhost setting; see -V).
   --server          -s       Use the specified remote server address.
   --port            -p       Use the specified remote server port.
   --url             -u       Use the specified remote server url.
   --use-virtualhost -V       Use the specified virtualhost in GET query.
   --verbose         -v       Use verbose mode output.
   --help            -h       Display this short inlined help screen.
   --fwmark          -m       Use the specified FW mark.
   --protocol        -P       Use the specified HTTP protocol - '1.0', 1.0c', '1.1'.
                                1.0c means 1.0 with 'Connection: close'
   --timeout         -t       Timeout in seconds
`
