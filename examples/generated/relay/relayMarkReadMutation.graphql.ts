/**
 * @generated SignedSource<<5df66f25014b5aa5fb2ce9d4309bb3f0>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import type { ConcreteRequest } from 'relay-runtime';
export type relayMarkReadMutation$variables = {
  ids: ReadonlyArray<string>;
};
export type relayMarkReadMutation$data = {
  readonly markRead: {
    readonly __typename: "InboxItemsPayload";
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
  } | {
    readonly __typename: "InvalidInput";
    readonly message: string;
  } | {
    // This will never be '%other', but we need some
    // value in case none of the concrete values match.
    readonly __typename: "%other";
  };
};
export type relayMarkReadMutation = {
  response: relayMarkReadMutation$data;
  variables: relayMarkReadMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "ids"
  }
],
v1 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v2 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "ids",
        "variableName": "ids"
      }
    ],
    "concreteType": null,
    "kind": "LinkedField",
    "name": "markRead",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "__typename",
        "storageKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "Viewer",
            "kind": "LinkedField",
            "name": "viewer",
            "plural": false,
            "selections": [
              (v1/*:: as any*/),
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
                      (v1/*:: as any*/),
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
        ],
        "type": "InboxItemsPayload",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "message",
            "storageKey": null
          }
        ],
        "type": "InvalidInput",
        "abstractKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "relayMarkReadMutation",
    "selections": (v2/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayMarkReadMutation",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "f01caef2cdb28e29ba8d39b27c889f39",
    "id": null,
    "metadata": {},
    "name": "relayMarkReadMutation",
    "operationKind": "mutation",
    "text": "mutation relayMarkReadMutation(\n  $ids: [ID!]!\n) {\n  markRead(ids: $ids) {\n    __typename\n    ... on InboxItemsPayload {\n      viewer {\n        id\n        unreadCount\n        unreadByCategory {\n          category\n          count\n        }\n        inbox(first: 20) {\n          nodes {\n            id\n            title\n            body\n            sentAt\n            readAt\n          }\n          eventsCursor\n        }\n      }\n    }\n    ... on InvalidInput {\n      message\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "0b720e3458b1c89ceec20544caa55f6f";

export default node;
