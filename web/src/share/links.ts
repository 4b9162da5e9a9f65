// Links that are made from this page's own: asked for, made and revoked by way of the server.
// It must never put a key into an address, nor keep one longer than its caller does.

import { authorization } from "../key.ts";
import { type Answer, type Link, type Refusal, readLink, refusalOf, type Said } from "./link.ts";
import type { Asked } from "./wish.ts";

/** What the link of this page allows. */
export function ownLink(base: string): Promise<Answer<Link>> {
  return ask(`${base}api/key`, { method: "GET" }, readLink);
}

/** A narrower link, and its address. */
export function deriveLink(base: string, asked: Asked): Promise<Answer<{ readonly link: Link; readonly url: string }>> {
  const request = { method: "POST", body: JSON.stringify(asked), headers: { "Content-Type": "application/json" } };
  return ask(`${base}api/key/derive`, request, (said) => {
    const link = readLink(said);
    return link === undefined || typeof said["url"] !== "string" ? undefined : { link, url: said["url"] };
  });
}

/** The end of a link that was made from this page's own. */
export function revokeLink(base: string, id: string): Promise<Answer<true>> {
  return ask(`${base}api/key?derived=${encodeURIComponent(id)}`, { method: "DELETE" }, () => true);
}

async function ask<T>(address: string, request: RequestInit, read: (said: Said) => T | undefined): Promise<Answer<T>> {
  try {
    const answer = await fetch(address, {
      ...request,
      headers: { ...authorization(), ...request.headers },
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
    });
    const said: unknown = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (!isSaid(said)) return refused("other");
    if (!answer.ok) return refused(refusalOf(answer.status, String(said["detail"] ?? "")));
    const value = read(said);
    return value === undefined ? refused("other") : { kind: "done", value };
  } catch {
    return refused("unreachable");
  }
}

function refused(why: Refusal): { readonly kind: "refused"; readonly why: Refusal } {
  return { kind: "refused", why };
}

function isSaid(value: unknown): value is Said {
  return typeof value === "object" && value !== null;
}
