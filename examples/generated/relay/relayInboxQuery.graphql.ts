/**
 * @generated SignedSource<<a002275a556ff4184c6b7e248a66796e>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import type { ConcreteRequest } from 'relay-runtime';
export type relayInboxQuery$variables = Record<PropertyKey, never>;
export type relayInboxQuery$data = {
  readonly viewer: {
    readonly id: string;
    readonly inbox: {
      readonly eventsCursor: string;
      readonly nodes: ReadonlyArray<{
        readonly body: string;
        readonly id: string;
        readonly readAt: string | null | undefined;
        readonly sentAt: string;
        readonly title: string;
      }>;
    };
    readonly unreadByCategory: ReadonlyArray<{
      readonly category: string;
      readonly count: number;
    }>;
    readonly unreadCount: number;
  };
};
export type relayInboxQuery = {
  response: relayInboxQuery$data;
  variables: relayInboxQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v1 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "Viewer",
    "kind": "LinkedField",
    "name": "viewer",
    "plural": false,
    "selections": [
      (v0/*:: as any*/),
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "unreadCount",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "CategoryCount",
        "kind": "LinkedField",
        "name": "unreadByCategory",
        "plural": true,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "category",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "count",
            "storageKey": null
          }
        ],
        "storageKey": null
      },
      {
        "alias": null,
        "args": [
          {
            "kind": "Literal",
            "name": "first",
            "value": 20
          }
        ],
        "concreteType": "InboxConnection",
        "kind": "LinkedField",
        "name": "inbox",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "InboxItem",
            "kind": "LinkedField",
            "name": "nodes",
            "plural": true,
            "selections": [
              (v0/*:: as any*/),
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "title",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "body",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "sentAt",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "readAt",
                "storageKey": null
              }
            ],
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "eventsCursor",
            "storageKey": null
          }
        ],
        "storageKey": "inbox(first:20)"
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "relayInboxQuery",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "relayInboxQuery",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "9aa883199d3b29733e56fbb5abaf9805",
    "id": null,
    "metadata": {},
    "name": "relayInboxQuery",
    "operationKind": "query",
    "text": "query relayInboxQuery {\n  viewer {\n    id\n    unreadCount\n    unreadByCategory {\n      category\n      count\n    }\n    inbox(first: 20) {\n      nodes {\n        id\n        title\n        body\n        sentAt\n        readAt\n      }\n      eventsCursor\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "4338e007f8642a44c6cd3608ffdc7e3d";

export default node;
