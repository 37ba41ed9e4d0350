// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"vipward/conf"
)

// RcodeError is the answer of a name server that tells of an error.
type RcodeError int

// Error implements error.
func (e RcodeError) Error() string { return fmt.Sprintf("rcode %d", int(e)) }

// dnsBuffer is as much of an answer as is read: its header is all that counts.
const dnsBuffer = 512

// dnsTypes are the types of questions, RFC 1035 section 3.2.2, 3596 and 4034.
var dnsTypes = map[string]dnsmessage.Type{
	"A": dnsmessage.TypeA, "NS": dnsmessage.TypeNS, "CNAME": dnsmessage.TypeCNAME, "SOA": dnsmessage.TypeSOA,
	"MX": dnsmessage.TypeMX, "TXT": dnsmessage.TypeTXT, "AAAA": dnsmessage.TypeAAAA, "RRSIG": 46, "DNSKEY": 48,
}

// dns is DNS_CHECK: a question is sent by UDP, and any answer without an error will do.
type dns struct{ *conf.Checker }

// Run implements Probe.
func (c dns) Run(ctx context.Context) Result {
	id := uint16(rand.N(1 << 16))
	question, err := dnsQuestion(c.DNS, id)
	if err != nil {
		return Result{Outcome: Untold, Cause: err}
	}
	conn, err := dialOver(ctx, c.Checker, "udp")
	if err != nil {
		return judge(err)
	}
	defer conn.Close()
	var header dnsmessage.Header
	_, err = ask(ctx, conn, c.Checker, question, make([]byte, dnsBuffer), func(b []byte) bool {
		var p dnsmessage.Parser
		header, err = p.Start(b)
		return err == nil && header.Response && header.ID == id
	})
	switch {
	case errors.Is(err, errStrays):
		return Result{Outcome: Failed, Cause: err}
	case err != nil:
		return judge(err)
	case header.RCode != dnsmessage.RCodeSuccess:
		return Result{Outcome: Failed, Cause: RcodeError(header.RCode)}
	}
	return Result{Outcome: Passed}
}

// dnsQuestion is the query for what a check asks.
func dnsQuestion(c *conf.DNSCheck, id uint16) ([]byte, error) {
	name, err := dnsmessage.NewName(strings.TrimSuffix(c.Name, ".") + ".")
	if err != nil {
		return nil, fmt.Errorf("question for %s: %w", c.Name, err)
	}
	b, err := (&dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: name, Type: dnsTypes[c.Type], Class: dnsmessage.ClassINET}},
	}).Pack()
	if err != nil {
		return nil, fmt.Errorf("question for %s: %w", c.Name, err)
	}
	return b, nil
}
